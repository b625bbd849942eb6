"""Choice scoring against lm-eval with batches of 8: the time, and the decisions row by row. Our side asks through a
template, as a recipe does.

    python tests/bench/choices.py MODEL_FOLDER BENCH LM_EVAL_PYTHON [SETTING] [--rows N] [--precision float32]

BENCH is a folder with `hellaswag/validation_1000.jsonl` (`query`, `choices`, `gold`) and with `dev.jsonl.gz` and
`test_20_per_subject.jsonl.gz` of MMLU in `mmlu/`. LM_EVAL_PYTHON is the interpreter of an environment that has lm-eval
0.4.13 and this project's torch. Settings, each with its goal:

    plain      HellaSwag without exemplars                              1.6 times as fast
    drawn      HellaSwag with 3 exemplars drawn for each row            2.4
    mmlu       MMLU, the subject's 5 fixed exemplars before each row    4.0
    agreement  HellaSwag, 1,000 rows: the same decisions on 99%         no goal of time

Ratios need 200 rows, about 2 to 5 minutes on two quiet cores; agreement takes about 8.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

GOALS = {"plain": 1.6, "drawn": 2.4, "mmlu": 4.0, "agreement": 0.0}
ROWS = {"plain": 200, "drawn": 200, "mmlu": 200, "agreement": 1000}
SAME = 0.99


def hellaswag(bench: Path, count: int, exemplars: int) -> list[dict]:
    """The first rows; exemplars are drawn from those behind them."""
    text = (bench / "hellaswag" / "validation_1000.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    found = []
    for number, row in enumerate(rows[:count]):
        drawn = random.Random(number).sample(rows[count:], exemplars)
        head = "".join(f"{one['query']} {one['choices'][one['gold']]}\n\n" for one in drawn)
        found.append({"context": (head + row["query"]).rstrip(" "), "choices": row["choices"], "gold": row["gold"]})
    return found


def mmlu(bench: Path, count: int) -> list[dict]:
    """Whole subjects, 20 rows each, behind the five exemplars of the subject's `dev` rows."""

    def read(name: str) -> list[dict]:
        with gzip.open(bench / "mmlu" / name, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def asked(row: dict) -> str:
        options = "".join(f"\n{letter}. {text}" for letter, text in zip("ABCD", row["choices"], strict=True))
        return f"{row['question'].strip()}{options}\nAnswer:"

    heads: dict[str, str] = {}
    for row in read("dev.jsonl.gz"):
        words = row["subject"].replace("_", " ")
        start = f"The following are multiple choice questions (with answers) about {words}.\n\n"
        heads[row["subject"]] = heads.get(row["subject"], start) + f"{asked(row)} {'ABCD'[row['answer']]}\n\n"
    rows = sorted(read("test_20_per_subject.jsonl.gz"), key=lambda row: row["subject"])[:count]
    return [
        {"context": heads[row["subject"]] + asked(row), "choices": list("ABCD"), "gold": row["answer"]} for row in rows
    ]


def ours(folder: str, rows: list[dict], precision: str) -> None:
    with tempfile.TemporaryDirectory() as root:
        os.environ["IFT_CACHE"] = f"{root}/cache"
        seconds, scores = engine(Path(folder), rows, precision, Path(root))
    print(json.dumps({"seconds": seconds, "scores": scores}))


def engine(folder: Path, rows: list[dict], precision: str, root: Path) -> tuple[float, list[list[float]]]:
    """Seconds, and each choice's likelihood, on the engine's own path: rows through a template, choices put as
    completions are. `root` takes the rows as a file."""
    import torch
    from transformers import AutoModelForCausalLM

    from runtime.data import prepare
    from runtime.evaluate.ask import ask
    from runtime.evaluate.asked import Asked
    from runtime.evaluate.batches import asking, groups
    from runtime.evaluate.questions import Subject, questions
    from tests.compiled import metrics
    from tests.data import programs

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, precision)).eval()
    template = programs.template("{{ context }}", "{{ choices[gold] }}", choices="choices", join=" ")
    program = programs.program(
        datasets={"data": programs.dataset({"test": programs.files("data.jsonl")})},
        templates={"ask": template},
        tasks={"answering": programs.task(score="choose", metrics=metrics("accuracy"), slices=["row"])},
        evaluations=[programs.evaluate()],
    )
    read = {name: json.loads((folder / name).read_text()) for name in ("config.json", "tokenizer_config.json")}
    source = programs.Folder(folder / "tokenizer.json", read["tokenizer_config.json"], None, read["config.json"])
    programs.write_jsonl(root / "data.jsonl", [row | {"row": str(n)} for n, row in enumerate(rows)])
    prepared = prepare(program, root, {"small": source})
    examples = prepared.examples("answering", "test")
    start = time.perf_counter()
    cut = groups([asking(example.prompt_ids, 2 * len(example.prompt_ids)) for example in examples])
    subject = Subject(program, model, prepared.tokenizers["small"], prepared)
    put = questions(subject, Asked("answering", "test", 0, 1), examples, range(len(rows)), ())
    answered = ask(subject, put, cut, lambda *_: None)
    seconds = time.perf_counter() - start
    numbers = [int(example.slices["row"]) for example in examples]
    found = {n: [choice.logprob for choice in one.choices] for n, one in zip(numbers, answered, strict=True)}
    return seconds, [found[n] for n in range(len(rows))]


def theirs(folder: str, rows: list[dict], precision: str) -> None:
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    model = HFLM(pretrained=folder, dtype=precision, batch_size=8, device="cpu")
    pairs = [(row["context"], f" {choice}") for row in rows for choice in row["choices"]]
    start = time.perf_counter()
    found = model.loglikelihood([Instance("loglikelihood", {}, p, n) for n, p in enumerate(pairs)], disable_tqdm=True)
    seconds, left = time.perf_counter() - start, iter(found)
    print(json.dumps({"seconds": seconds, "scores": [[next(left)[0] for _ in row["choices"]] for row in rows]}))


def decisions(rows: list[dict], scores: list[list[float]]) -> list[tuple[int, int]]:
    """By the sum, and by the sum over the choice's characters."""
    found = []
    for row, own in zip(rows, scores, strict=True):
        by_length = [score / len(choice) for score, choice in zip(own, row["choices"], strict=True)]
        found.append((own.index(max(own)), by_length.index(max(by_length))))
    return found


def side(python: str, name: str, folder: str, rows: list[dict], precision: str) -> dict:
    given = json.dumps([name, folder, rows, precision])
    done = subprocess.run([python, __file__, "--side"], input=given, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(args: argparse.Namespace) -> int:
    count = args.rows or ROWS[args.setting]
    rows = (
        mmlu(args.bench, count)
        if args.setting == "mmlu"
        else hellaswag(args.bench, count, 3 * (args.setting == "drawn"))
    )
    found = {
        "ours": side(sys.executable, "ours", args.model, rows, args.precision),
        "lm-eval": side(args.python, "theirs", args.model, rows, args.precision),
    }
    decided = {name: decisions(rows, result["scores"]) for name, result in found.items()}
    for name, result in found.items():
        right = [sum(d[way] == row["gold"] for d, row in zip(decided[name], rows, strict=True)) for way in (0, 1)]
        shares = " ".join(f"{share / len(rows):.4f}" for share in right)
        print(f"{name:<8} {result['seconds']:7.1f} s    accuracy and length-normalised accuracy {shares}")
    same = [sum(a[way] == b[way] for a, b in zip(*decided.values(), strict=True)) for way in (0, 1)]
    ratio, goal = found["lm-eval"]["seconds"] / found["ours"]["seconds"], GOALS[args.setting]
    print(f"ratio    {ratio:7.2f}" + (f"    (goal: at least {goal})" if goal else ""))
    print(f"same decisions {same[0]} and {same[1]} of {len(rows)}    (goal: at least {SAME:.0%})")
    return int(ratio < goal or min(same) < SAME * len(rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--side"]:
        kind, *rest = json.loads(sys.stdin.read())
        {"ours": ours, "theirs": theirs}[kind](*rest)
    else:
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("model")
        parser.add_argument("bench", type=Path)
        parser.add_argument("python")
        parser.add_argument("setting", nargs="?", choices=list(GOALS), default="plain")
        parser.add_argument("--rows", type=int)
        parser.add_argument("--precision", default="bfloat16", choices=["bfloat16", "float32"])
        sys.exit(main(parser.parse_args()))
