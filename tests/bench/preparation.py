"""Rows to labelled tokens: 20,000 dialogues, this engine against the preparation of TRL's `SFTTrainer`.

    python tests/bench/preparation.py MODEL_FOLDER [--peer PYTHON] [--rows 20000] [--rounds 3]

Both sides make prompt and completion of the same dialogues into tokens and labels with the model's chat template, each
round in a process of its own, in turn, and the median of the rounds' ratios counts. This side is timed from the file to
the proved table on disk, into an empty cache; the other from rows in memory on, `_prepare_dataset` alone. `--peer` is a
Python with `trl`, where this one has none. Goal: at least 4 times as fast.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent.parent
sys.path.insert(0, str(REPOSITORY))

GOAL = 4.0
LONGEST = 1800
"""Characters of a dialogue; the shorter ones have about 250 tokens with prompt and note."""
PROMPT = "Summarize this doctor-patient conversation as a clinical note.\n\n{}"


def write_rows(path: Path, count: int) -> None:
    """Dialogues and notes, repeated with a number of their own, so that no row is another one's duplicate."""
    with (REPOSITORY / "recipes/data/mts_dialog/train.csv").open(encoding="utf-8", newline="") as file:
        found = [row for row in csv.DictReader(file) if len(row["dialogue"]) < LONGEST and row["section_text"].strip()]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            row = found[number % len(found)]
            dialogue = f"Visit {number}.\n{row['dialogue'].strip()}"
            file.write(json.dumps({"q": dialogue, "a": row["section_text"].strip()}) + "\n")


def timed(work: Callable[[], tuple[int, int]]) -> dict[str, float]:
    wall, processor = time.perf_counter(), time.process_time()
    rows, tokens = work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return {
        "seconds": wall,
        "processor_seconds": processor,
        "rows_per_second": rows / wall,
        "tokens_per_second": tokens / wall,
        "tokens_per_row": tokens / rows,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def ours(model: Path, data: Path) -> dict[str, float]:
    from runtime.data import prepare
    from tests.data import programs

    program = programs.program(
        datasets={"data": programs.dataset(programs.files(data.name), columns=programs.columns(q="text", a="text"))},
        templates={"ask": programs.template(PROMPT.format("{{ q }}"))},
    )
    config = json.loads((model / "tokenizer_config.json").read_text())
    template = (model / "chat_template.jinja").read_text()
    folder = programs.Folder(model / "tokenizer.json", config, template)

    def work() -> tuple[int, int]:
        table = prepare(program, data.parent, {"small": folder}).tokens("answering", "train")
        return len(table), len(table.tokens)

    return timed(work)


def theirs(model: Path, data: Path) -> dict[str, float]:
    from datasets import Dataset
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
    from trl import SFTConfig, SFTTrainer

    made = [json.loads(line) for line in data.read_text("utf-8").splitlines()]
    rows = [
        {
            "prompt": [{"role": "user", "content": PROMPT.format(row["q"])}],
            "completion": [{"role": "assistant", "content": row["a"]}],
        }
        for row in made
    ]
    tokenizer = AutoTokenizer.from_pretrained(model)
    small = LlamaForCausalLM(
        LlamaConfig(vocab_size=len(tokenizer), hidden_size=32, intermediate_size=32, num_hidden_layers=1)
    )
    settings = SFTConfig(output_dir=str(data.parent / "out"), use_cpu=True, bf16=False, report_to=[], max_length=8192)
    given: dict[str, Any] = {"args": settings, "processing_class": tokenizer}
    trainer = SFTTrainer(small, train_dataset=Dataset.from_list(rows[:2]), **given)
    dataset = Dataset.from_list(rows)

    def work() -> tuple[int, int]:
        made = trainer._prepare_dataset(dataset, tokenizer, settings, False, None, "train")
        return len(made), sum(map(len, made.data.column("input_ids").to_pylist()))

    return timed(work)


def measure(python: str, who: str, model: Path, data: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as cache:
        places = {"IFT_CACHE": cache, "HF_DATASETS_CACHE": cache, "HF_HUB_OFFLINE": "1"}
        command = [python, __file__, str(model), "--side", who, "--data", str(data)]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | places)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


def compare(args: argparse.Namespace) -> int:
    found: dict[str, list[dict[str, float]]] = {"ours": [], "theirs": []}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "rows.jsonl"
        write_rows(data, args.rows)
        for _ in range(args.rounds):
            for who, python in (("ours", sys.executable), ("theirs", args.peer)):
                one = measure(python, who, args.model, data)
                found[who].append(one)
                print(f"{who:6} " + "  ".join(f"{name} {value:,.4g}" for name, value in one.items()), flush=True)
    pairs = list(zip(found["ours"], found["theirs"], strict=True))
    print(f"\n{args.rows:,} rows, medians of {args.rounds}")
    for who, each in found.items():
        print(f"{who:6} " + "  ".join(f"{n} {statistics.median(one[n] for one in each):,.4g}" for n in each[0]))
    ratio, processor = (
        statistics.median(b[name] / a[name] for a, b in pairs) for name in ("seconds", "processor_seconds")
    )
    print(f"{ratio:.2f} times as fast, {processor:.2f} times by processor time; goal {GOAL}")
    return 0 if ratio >= GOAL else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--peer", default=sys.executable)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=["ours", "theirs"], help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side:
        print(json.dumps({"ours": ours, "theirs": theirs}[args.side](args.model, args.data)))
        return 0
    return compare(args)


if __name__ == "__main__":
    sys.exit(main())
