"""What evaluation adds to a process that has loaded its model and touched every weight, in megabytes.

    python tests/bench/evaluation_memory.py [VOCABULARY …]

A random model of SmolLM2-135M's size generates, and chooses among four answers, on 200 rows. Goal: at most 600 MB, with
49,152 tokens and with 262,144.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

GOAL = 600
ROWS = 200


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


class Numbers:
    """A tokenizer for tokens that mean nothing."""

    def decode(self, ids, **options) -> str:
        return " ".join(map(str, ids))


def measure(vocabulary: int, kind: str) -> int:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from runtime.evaluate.batches import Asking, batches, groups
    from runtime.evaluate.generate import Decoding, generate
    from runtime.evaluate.likelihood import score

    torch.manual_seed(0)
    size = {"hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30}
    heads = {"num_attention_heads": 9, "num_key_value_heads": 3, "max_position_embeddings": 2048}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=vocabulary, tie_word_embeddings=True, **size, **heads)).eval()
    with torch.no_grad():
        model(torch.ones((1, 8), dtype=torch.long))
        touched = sum(float(p.sum()) for p in model.parameters())
    rng = random.Random(0)
    prompts = [[rng.randrange(vocabulary) for _ in range(rng.randint(60, 300))] for _ in range(ROWS)]
    before = resident()
    with Peak() as peak:
        if kind == "generate":
            generate(model, Numbers(), prompts, Decoding(4, ()), batches([len(p) + 48 for p in prompts]))
        else:
            answers = [[[rng.randrange(vocabulary) for _ in range(30)] for _ in range(4)] for _ in prompts]
            score(model, prompts, answers, groups([Asking(p, 2 * len(p)) for p in prompts]))
    del touched
    added = peak.most - before
    print(f"{vocabulary:>7} tokens, {kind:<8} {added:6.0f} MB    (goal: at most {GOAL})", flush=True)
    return int(added > GOAL)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        sys.exit(measure(int(sys.argv[2]), sys.argv[3]))
    sizes = sys.argv[1:] or ["49152", "262144"]
    runs = [[sys.executable, __file__, "--one", size, kind] for size in sizes for kind in ("generate", "choose")]
    sys.exit(max(subprocess.run(run).returncode for run in runs))
