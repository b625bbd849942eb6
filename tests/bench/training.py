"""Useful tokens a second and peak memory of LoRA training: this engine against TRL's `SFTTrainer`.

    python tests/bench/training.py [--model FOLDER] [--peer PYTHON] [--pairs 3] [--steps 7] [--precision bf16]
                                   [--data dialogues | headings | mixed] [--method lora | full]
                                   [--ours 4x2 auto packed padded-8x1] [--theirs 4x2 2x4 1x8 grouped-8x1]

Both sides train SmolLM2-135M-Instruct on the same rows in the same random order, 8 examples a step, LoRA of rank 8 on
all linear layers, without gradient checkpointing, each in a process of its own, in turn: machines slow down and speed
up within minutes, so only neighbours compare. The first step is left out. `--peer` is a Python with `trl`, where this
one has none. With its defaults it takes about ten minutes on two quiet cores. `packed` is to be compared on `mixed`
with `padded-8x1`, whose micro-batches pad all examples to the longest, and with `padded`, whose micro-batches are cut
by length to pad little: both are what an accelerator takes.

Goals: 2.2 x TRL's tokens and 0.7 x its peak memory at micro-batches of 4, 1.5 x its tokens and no more memory at its
best setting. They were set for bf16; a machine that does not multiply it in hardware compares in fp32.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent.parent
sys.path.insert(0, str(REPOSITORY))
BATCH, SEED = 8, 0
RATES = {"lora": 5e-4, "full": 5e-5}
HELD_OUT = 16


def rows(model: Path, data: str, count: int, seed: int) -> list[dict[str, list[int]]]:
    """Token rows in random order: dialogues with their notes, longer dialogues with a one-word heading, or any length
    with its note."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    longest, target = {
        "dialogues": (500, "section_text"),
        "headings": (2000, "section_header"),
        "mixed": (4000, "section_text"),
    }[data]
    with (REPOSITORY / "recipes/data/mts_dialog/train.csv").open(newline="") as file:
        found = [row for row in csv.DictReader(file) if len(row["dialogue"]) < longest and row[target].strip()]
    random.Random(seed).shuffle(found)
    made = []
    for row in found[:count]:
        asked = f"<|im_start|>user\n{row['dialogue']}<|im_end|>\n<|im_start|>assistant\n"
        prompt = tokenizer.encode(asked, add_special_tokens=False).ids
        answer = tokenizer.encode(f"{row[target]}<|im_end|>", add_special_tokens=False).ids
        made.append({"input_ids": prompt + answer, "completion_mask": [0] * len(prompt) + [1] * len(answer)})
    return made


def trainable(model: Path, precision: str, method: str) -> Any:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    if method == "full":
        return AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    frozen = torch.bfloat16 if precision == "bf16" else torch.float32
    loaded = AutoModelForCausalLM.from_pretrained(model, dtype=frozen).requires_grad_(False)
    torch.manual_seed(SEED)
    return get_peft_model(loaded, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"))


class Clock:
    """Wall and processor seconds at the start and after each step."""

    def __init__(self) -> None:
        self.times: list[tuple[float, float]] = []
        self.tick()

    def tick(self) -> None:
        self.times.append((time.perf_counter(), time.process_time()))

    def after_the_first(self) -> tuple[float, float]:
        (wall, processor), (wall_end, processor_end) = self.times[1], self.times[-1]
        return wall_end - wall, processor_end - processor

    # As `runtime.base.progress.Progress` and its tasks.
    def task(self, *_: Any, **__: Any) -> Clock:
        return self

    def __enter__(self) -> Clock:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def advance(self, *_: Any, **__: Any) -> None:
        self.tick()


def ours(model: Path, made: list[dict[str, list[int]]], args: argparse.Namespace) -> tuple[Clock, Any]:
    import numpy as np

    from runtime.train import setup
    from tests.train import small

    kind, _, shape = args.setting.rpartition("-")
    if "padded" in (kind, shape):
        setup.is_usual = lambda base: False
    micro = int(shape.partition("x")[0]) if "x" in shape else None
    table = small.Table(
        [(np.array(row["input_ids"], np.int32), np.array(row["completion_mask"], bool)) for row in made],
        np.arange(len(made)),
    )
    data = small.Data({"first": {"train": table}})
    # The schedule's own order would be another random one.
    data.schedule = lambda figures: InOrder(len(made))
    plan = small.plan(
        steps=args.steps,
        epoch=len(made),
        batch=BATCH,
        learning_rate=RATES[args.method],
        precision=args.precision,
        micro_batch=micro,
        packing=args.setting == "packed",
    )
    trained = trainable(model, args.precision, args.method)
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        small.run(plan, Path(folder), trained, data, progress=clock)
    return clock, trained


class InOrder:
    tasks = ("first",)

    def __init__(self, count: int) -> None:
        self.count = count

    def step(self, number: int) -> list[tuple[str, int]]:
        return [("first", i) for i in range((number - 1) * BATCH, min(number * BATCH, self.count))]


def theirs(model: Path, made: list[dict[str, list[int]]], args: argparse.Namespace) -> tuple[Clock, Any]:
    from datasets import Dataset
    from transformers import AutoTokenizer, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    clock = Clock()

    class Steps(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            clock.tick()

    grouped, _, shape = args.setting.rpartition("-")
    micro, accumulation = map(int, shape.split("x"))
    config = SFTConfig(
        output_dir=tempfile.mkdtemp(),
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=accumulation,
        num_train_epochs=1,
        learning_rate=RATES[args.method],
        lr_scheduler_type="cosine",
        bf16=args.precision == "bf16",
        gradient_checkpointing=False,
        max_length=None,
        completion_only_loss=True,
        train_sampling_strategy="group_by_length" if grouped else "sequential",
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        seed=SEED,
        disable_tqdm=True,
    )
    trained = trainable(model, args.precision, args.method)
    trainer = SFTTrainer(
        trained,
        args=config,
        train_dataset=Dataset.from_list(made),
        processing_class=AutoTokenizer.from_pretrained(model),
        callbacks=[Steps()],
    )
    trainer.train()
    return clock, trained


def held_out_loss(model: Any, made: list[dict[str, list[int]]]) -> float:
    """Mean over labels, in fp32, the same code for both."""
    import torch

    model.float().eval()
    losses = []
    with torch.no_grad():
        for row in made:
            ids = torch.tensor([row["input_ids"]])
            logits = model(input_ids=ids, use_cache=False).logits[0, :-1]
            each = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none")
            losses.append(each[torch.tensor(row["completion_mask"][1:], dtype=torch.bool)])
    return torch.cat(losses).mean().item()


def side(args: argparse.Namespace) -> None:
    """One measurement in this process, as a line of JSON."""
    made = rows(args.model, args.data, args.steps * BATCH + HELD_OUT, args.seed)
    trained_on, held_out = made[HELD_OUT:], made[:HELD_OUT]
    clock, model = {"ours": ours, "theirs": theirs}[args.side](args.model, trained_on, args)
    tokens = sum(len(row["input_ids"]) for row in trained_on)
    first = sum(len(row["input_ids"]) for row in trained_on[:BATCH])
    if args.setting.startswith("grouped"):
        first = tokens // args.steps
    wall, processor = clock.after_the_first()
    measured = {
        "tokens_per_second": (tokens - first) / wall,
        "tokens_per_processor_second": (tokens - first) / processor,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        "loss": held_out_loss(model, held_out),
    }
    print(json.dumps(measured))


def measure(python: str, who: str, setting: str, seed: int, args: argparse.Namespace) -> dict[str, float]:
    given = {"steps": args.steps, "precision": args.precision, "data": args.data, "method": args.method, "seed": seed}
    options = [part for name, value in given.items() for part in (f"--{name}", str(value))]
    command = [python, __file__, "--model", str(args.model), "--side", who, "--setting", setting, *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


def compare(args: argparse.Namespace) -> None:
    runs = [("ours", setting) for setting in args.ours] + [("theirs", setting) for setting in args.theirs]
    found: dict[tuple[str, str], list[dict[str, float]]] = {run: [] for run in runs}
    for pair in range(args.pairs):
        for who, setting in runs:
            python = args.peer if who == "theirs" else sys.executable
            one = measure(python, who, setting, pair, args)
            found[who, setting].append(one)
            print(_line(f"{who:6} {setting:12}", one), flush=True)
    print(f"\nmedians of {args.pairs}, {args.data}, {args.precision}, {args.method}")
    for (who, setting), each in found.items():
        print(_line(f"{who:6} {setting:12}", {n: statistics.median(one[n] for one in each) for n in each[0]}))
    print("\nratios, medians of neighbours")
    for against in args.theirs:
        for setting in args.ours:
            pairs = list(zip(found["ours", setting], found["theirs", against], strict=True))
            ratios = {n: statistics.median(a[n] / b[n] for a, b in pairs) for n in pairs[0][0]}
            print(_line(f"ours {setting:4} / theirs {against:12}", ratios))
    print("goals: 4x2 / 4x2 tokens 2.2, peak 0.7; auto / the best of theirs tokens 1.5, peak 1")


def _line(name: str, measured: dict[str, float]) -> str:
    return f"{name} " + "  ".join(f"{key} {value:.4g}" for key, value in measured.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="its folder; else fetched")
    parser.add_argument("--peer", default=sys.executable)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--steps", type=int, default=7)
    parser.add_argument("--precision", choices=["fp32", "bf16"], help="default: what this machine multiplies fast")
    parser.add_argument("--data", choices=["dialogues", "headings", "mixed"], default="dialogues")
    parser.add_argument("--method", choices=["lora", "full"], default="lora")
    parser.add_argument("--ours", nargs="+", default=["4x2", "auto"])
    parser.add_argument("--theirs", nargs="*", default=["4x2", "1x8"])
    parser.add_argument("--side", choices=["ours", "theirs"], help=argparse.SUPPRESS)
    parser.add_argument("--setting", default="auto", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side:
        side(args)
        return
    from runtime.models.folder import model_folder
    from runtime.models.precision import compute_precision
    from tests.models.opened import SMOLLM2

    args.precision = args.precision or compute_precision(None, "cpu")
    args.model = args.model or model_folder(SMOLLM2, Path(), fetch=True).path
    compare(args)


if __name__ == "__main__":
    main()
