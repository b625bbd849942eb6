"""What evaluation adds to a process that has loaded its model and touched every weight, in megabytes.

    python tests/bench/evaluation_memory.py [VOCABULARY …] [bf16] [fp32]

An `evaluate` block as a run executes it, with its compute type, predictions and bootstrap, generates (greedily, and
drawn) and chooses among four answers: a random model of SmolLM2-135M's size on 200 rows, and a shallow one on 10,000.
Weights are stored in bf16, as most models' are, or in fp32, as trained ones. Goal: at most 600 MB, with 49,152 tokens
and with 262,144. Takes about half an hour on two quiet cores for each type.

Where a machine computes in bf16, autocast casts weights in fp32 at each pass, the output head part by part.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

GOAL = 600
ROWS = {"deep": 200, "shallow": 10_000}
KINDS = ("greedy", "drawn", "choose")
SIZES = {
    "deep": {
        "hidden_size": 576,
        "intermediate_size": 1536,
        "num_hidden_layers": 30,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
    },
    "shallow": {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
    },
}


def resident() -> float:
    with Path("/proc/self/status").open() as lines:
        return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS"))


class Peak(threading.Thread):
    """Watches the resident memory until it is left."""

    def __enter__(self) -> Peak:
        self.most, self.going = resident(), True
        self.start()
        return self

    def run(self) -> None:
        while self.going:
            self.most = max(self.most, resident())
            time.sleep(0.005)

    def __exit__(self, *error: object) -> None:
        self.going = False
        self.join()


def rows(count: int) -> list[dict]:
    """Questions of 60 to 300 tokens; answers of about 30, or of a few where there are many rows."""
    rng = random.Random(0)
    words = ["doctor", "patient", "fever", "headache", "note", "morning", "capital", "review", "food", "service"]
    most = 12 if count < 1000 else 2

    def text(low: int, high: int) -> str:
        return " ".join(rng.choice(words) for _ in range(rng.randint(low, high)))

    return [
        {"q": f"{n} {text(25, 120)}", "a": text(1, most), "b": [text(1, most) for _ in range(3)], "g": str(n % 48)}
        for n in range(count)
    ]


def program(kind: str):
    from tests.compiled import metrics
    from tests.data import programs
    from tests.evaluate.world import block

    columns = programs.columns(q="text", a="text", b="list(text)", g="text")
    data = programs.dataset({"test": programs.files("data.jsonl")}, columns=columns)
    sampled = {"temperature": 1.0, "top_p": 0.9} if kind == "drawn" else {"temperature": None, "top_p": None}
    generate = programs.generate(max_new_tokens=4, **sampled)
    task = programs.task(metrics=metrics("rouge1", "rougeL"), generate=generate)
    template = programs.template()
    if kind == "choose":
        task = programs.task(metrics=metrics("accuracy", "accuracy_norm", "perplexity"), score="choose")
        template = programs.template(choices="[a] + b")
    return programs.program(
        datasets={"data": data},
        tasks={"answering": task},
        templates={"ask": template},
        evaluations=[block(precision=None)],
    )


def measure(vocabulary: int, size: str, kind: str, weights: str, root: Path) -> int:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from runtime.base.progress import silent
    from runtime.data import prepare
    from runtime.evaluate.evaluation import evaluate
    from runtime.models.memory import bound_kernels
    from runtime.models.precision import TYPES
    from tests.data.programs import Folder, write_jsonl
    from tests.evaluate.world import plan_of
    from tests.models.tiny import SPECIAL, START, tiny_tokenizer

    os.environ["IFT_CACHE"] = str(root / "cache")
    bound_kernels()
    write_jsonl(root / "data.jsonl", rows(ROWS[size]))
    tiny_tokenizer().save(str(root / "tokenizer.json"))
    folder = Folder(root / "tokenizer.json", {"eos_token": SPECIAL[START]}, None, {"max_position_embeddings": 2048})
    asked = program(kind)
    prepared = prepare(asked, root, {"small": folder})
    torch.manual_seed(0)
    config = LlamaConfig(vocab_size=vocabulary, tie_word_embeddings=True, max_position_embeddings=2048, **SIZES[size])
    model = LlamaForCausalLM(config).eval().to(TYPES[weights])
    with torch.no_grad():
        model(torch.ones((1, 8), dtype=torch.long))
        touched = sum(float(p.sum()) for p in model.parameters())
    before, start = resident(), time.perf_counter()
    with Peak() as peak:
        given = (plan_of(asked, prepared.facts), asked.evaluations[0], "base", model, prepared)
        (entry,) = evaluate(*given, root / "run", progress=silent())
    del touched
    added, seconds, computed = peak.most - before, time.perf_counter() - start, entry["how"]["precision"]
    print(
        f"{vocabulary:>7} tokens, {entry['rows']:>6} rows, {kind:<6} {added:6.0f} MB    (goal: at most {GOAL};"
        f" {computed} on weights in {weights}, {seconds:.0f} s)",
        flush=True,
    )
    return int(added > GOAL)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        with tempfile.TemporaryDirectory() as root:
            sys.exit(measure(int(sys.argv[2]), *sys.argv[3:], Path(root)))
    asked = sys.argv[1:]
    kept = [name for name in ("bf16", "fp32") if name in asked] or ["bf16"]
    vocabularies = [name for name in asked if name.isdigit()] or ["49152", "262144"]
    each = [(v, size, kind, weights) for weights in kept for v in vocabularies for size in ROWS for kind in KINDS]
    sys.exit(max(subprocess.run([sys.executable, __file__, "--one", *one]).returncode for one in each))
