"""The standard library asked of real rows: what its tasks ask, offer and hold to be right is what the benchmarks'
makers say of each row.

Files have the fields that the hub publishes, and stand in for it as they are. Some do not, and their rows are written
back to the hub's fields first:

- HellaSwag's is a request log (`query`, `choices`, `gold`), with the context's parts joined and its markup gone,
- BIG-bench's are its own task files (`input`, `target_scores`), which the hub's copy spells out as prompts,
- BoolQ in SuperGLUE has a `label` of 0 or 1 where BoolQ itself has a truth value,
- TruthfulQA's table joins its answers with semicolons, where the hub has lists,
- Banking77's table names the intents that RAFT numbers, by the alphabet from 1 on.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest

from recipe_lang.check import check
from tests.data.programs import write_jsonl
from tests.evaluate.library import asked

Row = dict[str, Any]

FOLDERS = [folder / "shared" / "data" / "bench" for folder in Path(__file__).resolve().parents]
BENCH = next(filter(Path.is_dir, FOLDERS), Path("absent"))
pytestmark = pytest.mark.skipif(not BENCH.is_dir(), reason="the benchmarks' files (shared/data/bench) are not here")

LIMIT = 5
MMLU = {"dev": "dev.jsonl.gz", "validation": "validation.jsonl.gz", "test": "test_20_per_subject.jsonl.gz"}
INSTRUCTIONS = {
    "boolean_expressions": "Evaluate the result of a random Boolean expression.\n\nQ: ",
    "navigate": "Given a series of navigation instructions, determine whether one would end up back at the starting "
    "point.\n\nQ: ",
    "snarks": "Determine which of two sentences is sarcastic.\n\nAccording to Cambridge University Dictionary, ",
    "word_sorting": "Sort a list of words.\n\nQ: ",
}
"""The first lines of BIG-bench Hard's own prompts."""
GSM8K = {"train": "train.first1500.jsonl.gz", "test": "test.jsonl"}


@dataclass(frozen=True)
class Meant:
    """What a row is by its benchmark's definition: what is asked after the exemplars, the answers offered (none where
    the answer is written freely), those that are right."""

    asked: str
    choices: list[str]
    right: list[str]


def rows(file: str) -> list[Row]:
    path = BENCH / file
    if path.suffix == ".json":
        return json.loads(path.read_text("utf-8"))["examples"]
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines)) if path.suffix == ".csv" else [json.loads(line) for line in lines]


def spaced(text: str) -> str:
    """Markup that was taken out leaves spaces behind, of which the task keeps one."""
    return re.sub(" +", " ", text).strip()


def as_published_hellaswag() -> Iterator[Row]:
    """ActivityNet's contexts end in a clause that the endings go on with, which the hub keeps apart as `ctx_b`."""
    for row in rows("hellaswag/validation_1000.jsonl"):
        activity, _, context = spaced(row["query"]).partition(": ")
        clause = re.fullmatch(r"(.*[.?!]) ([^.?!]+)", context)
        whole, start = clause.groups() if clause and clause[2] == clause[2].capitalize() else (context, "")
        yield {
            "ind": row["ind"],
            "activity_label": activity,
            "ctx_a": whole,
            "ctx_b": start.lower(),
            "ctx": context,
            "endings": [spaced(ending) for ending in row["choices"]],
            "label": str(row["gold"]),
        }


def as_super_glue_boolq() -> Iterator[Row]:
    for place, row in enumerate(rows("boolq/validation_1000.jsonl.gz")):
        yield {"question": row["question"], "passage": row["passage"], "idx": place, "label": int(row["answer"])}


def as_hub_bigbench(file: str) -> Iterator[Row]:
    """BIG-bench's JSON tasks as its own loader spells them out without exemplars."""
    task = json.loads((BENCH / file).read_text("utf-8"))
    before, after = task.get("example_input_prefix", "\nQ: "), task.get("example_output_prefix", "\nA: ")
    for place, example in enumerate(task["examples"]):
        offered = list(example["target_scores"])
        listed = "".join(f"\n  choice: {choice}" for choice in offered)
        shown = listed if task.get("append_choices_to_input", True) else ""
        yield {
            "idx": place,
            "inputs": (task.get("task_prefix", "") + before + example["input"] + shown + after).strip(),
            "targets": [choice for choice, score in example["target_scores"].items() if score == 1],
            "multiple_choice_targets": offered,
            "multiple_choice_scores": list(example["target_scores"].values()),
        }


def as_hub_truthful_qa() -> Iterator[Row]:
    for row in rows("truthfulqa/TruthfulQA.csv"):
        yield {
            "question": row["Question"],
            "best_answer": row["Best Answer"],
            "incorrect_answers": [text.strip() for text in row["Incorrect Answers"].split(";") if text.strip()],
        }


def as_raft_banking() -> Iterator[Row]:
    intents = sorted(json.loads((BENCH / "banking77" / "categories.json").read_text("utf-8")))
    for place, row in enumerate(rows("banking77/test.csv")[::40]):
        yield {
            "Query": row["text"],
            "ID": place,
            "Label": 1 + intents.index(row["category"]),
            "intent": row["category"],
        }


def hellaswag(row: Row) -> Meant:
    context = f"{row['activity_label']}: {row['ctx']}"
    return Meant(context, row["endings"], [row["endings"][int(row["label"])]])


def piqa(row: Row) -> Meant:
    ways = [row["sol1"], row["sol2"]]
    return Meant(f"Question: {row['goal']}\nAnswer:", ways, [ways[row["label"]]])


def winogrande(row: Row) -> Meant:
    before, after = row["sentence"].split("_")
    filled = [row["option1"] + after, row["option2"] + after]
    return Meant(before.rstrip(" "), filled, [filled[int(row["answer"]) - 1]])


def arc(row: Row) -> Meant:
    offered = dict(zip(row["choices"]["label"], row["choices"]["text"], strict=True))
    return Meant(f"Question: {row['question']}\nAnswer:", list(offered.values()), [offered[row["answerKey"]]])


def commonsense_qa(row: Row) -> Meant:
    listed = "".join(f"{letter}. {text}\n" for letter, text in zip("ABCDE", row["choices"]["text"], strict=True))
    return Meant(f"Question: {row['question']}\n{listed}Answer:", list("ABCDE"), [row["answerKey"]])


def boolq(row: Row) -> Meant:
    right = row["answer"] if "answer" in row else row["label"] == 1
    prompt = f"{row['passage']}\nQuestion: {row['question']}?\nAnswer:"
    return Meant(prompt, ["no", "yes"], ["yes" if right else "no"])


def copa(row: Row) -> Meant:
    """The clause goes on: a small letter, and no full stop before `because`."""
    ways = [way[0].lower() + way[1:] for way in (row["choice1"], row["choice2"])]
    link = {"cause": "because", "effect": "therefore"}[row["question"]]
    return Meant(f"{row['premise'].strip()[:-1]} {link}", ways, [ways[row["label"]]])


def mmlu(row: Row) -> Meant:
    listed = "".join(f"{letter}. {text}\n" for letter, text in zip("ABCD", row["choices"], strict=True))
    return Meant(f"{row['question'].strip()}\n{listed}Answer:", list("ABCD"), ["ABCD"[row["answer"]]])


def bigbench(row: Row) -> Meant:
    return Meant(row["inputs"], row["multiple_choice_targets"], row["targets"])


def bbh(row: Row) -> Meant:
    return Meant(f"Q: {row['input']}\nA:", [], [row["target"]])


def helm_mmlu(row: Row) -> Meant:
    listed = "".join(f"{letter}. {text}\n" for letter, text in zip("ABCD", row["choices"], strict=True))
    return Meant(f"Question: {row['question']}\n{listed}Answer:", [], ["ABCD"[row["answer"]]])


def helm_boolq(row: Row) -> Meant:
    prompt = f"Passage: {row['passage']}\nQuestion: {row['question'].strip().capitalize()}?\nAnswer:"
    return Meant(prompt, [], [["No", "Yes"][row["label"]]])


def helm_hellaswag(row: Row) -> Meant:
    start = row["ctx_b"][:1].upper() + row["ctx_b"][1:]
    return replace(hellaswag(row), asked=f"{row['activity_label']}: {row['ctx_a']} {start}".rstrip(" "))


def helm_truthful_qa(row: Row) -> Meant:
    """The right answer is put last, then all are turned by the code of its first letter."""
    answers = [text.strip().removesuffix(".") + "." for text in (*row["incorrect_answers"], row["best_answer"])]
    turn = ord(row["best_answer"][0]) % len(answers)
    turned = answers[turn:] + answers[:turn]
    listed = "".join(f"{letter}. {text}\n" for letter, text in zip(ascii_uppercase, turned, strict=False))
    return Meant(f"Question: {row['question']}\n{listed}Answer:", [], [ascii_uppercase[turned.index(answers[-1])]])


def helm_banking(row: Row) -> Meant:
    return Meant(f"Query: {row['Query']}\nLabel:", [], [row["intent"]])


def helm_gsm8k(row: Row) -> Meant:
    worked, _, number = row["answer"].rpartition("\n#### ")
    return Meant(f"Q: {row['question']}\nA:", [], [f"{' '.join(worked.split(chr(10)))} The answer is {number}."])


@dataclass(frozen=True)
class Case:
    task: str
    sources: dict[str, str | list[Row]]
    """By place below the library: a file as it is, or rows in the hub's fields."""
    judged: str
    """The place whose rows are asked."""
    meant: Callable[[Row], Meant]
    exemplars: int = 0
    head: str = ""
    """What the prompt begins with."""

    @property
    def rows(self) -> list[Row]:
        source = self.sources[self.judged]
        return rows(source) if isinstance(source, str) else source

    def overrides(self, folder: Path) -> list[str]:
        library = self.task.split(".")[0]
        return [f"{library}.{place}={self._call(place, folder)}" for place in self.sources]

    def _call(self, place: str, folder: Path) -> str:
        source = self.sources[place]
        if isinstance(source, list):
            write_jsonl(folder / f"{place}.jsonl", source)
            return f'jsonl("{place}.jsonl")'
        if source.endswith(".json"):
            return f'json("{BENCH / source}", rows = "examples")'
        return f'jsonl("{BENCH / source}")'


def splits(task: str, meant: Callable[[Row], Meant], exemplars: int = 0, **sources: str | list[Row]) -> Case:
    """Sources by split; the last is judged."""
    data = "questions" if task == "mmlu.all" else f"{task.split('.')[1]}_rows"
    places = {f"{data}.source.{split}": source for split, source in sources.items()}
    return Case(task, places, list(places)[-1], meant, exemplars)


def single(
    task: str, meant: Callable[[Row], Meant], source: str | list[Row], exemplars: int = 0, head: str = ""
) -> Case:
    place = f"{task.split('.')[1]}_rows.source"
    return Case(task, {place: source}, place, meant, exemplars, head)


def cases() -> Iterator[Case]:
    """Every task of the library whose benchmark has a file."""
    arc_easy, arc_challenge = "arc/arc_easy.validation.jsonl", "arc/arc_challenge.validation.jsonl"
    copa_rows = "super_glue/copa.validation.jsonl"
    boolq_rows = list(as_super_glue_boolq())
    mmlu_files = {split: f"mmlu/{file}" for split, file in MMLU.items()}
    yield splits("commonsense.hellaswag", hellaswag, validation=list(as_published_hellaswag()))
    yield splits("commonsense.piqa", piqa, validation="piqa/validation_1000.jsonl.gz")
    yield splits("commonsense.winogrande", winogrande, validation="winogrande/validation.jsonl")
    yield splits("commonsense.arc_easy", arc, validation=arc_challenge, test=arc_easy)
    yield splits("commonsense.arc_challenge", arc, validation=arc_easy, test=arc_challenge)
    yield splits("commonsense.commonsense_qa", commonsense_qa, validation="commonsense_qa/validation.jsonl")
    yield splits("commonsense.boolq", boolq, validation="boolq/validation_1000.jsonl.gz")
    yield splits("commonsense.copa", copa, validation=copa_rows)
    yield splits("superglue.boolq", boolq, train=boolq_rows[:9], validation=boolq_rows)
    yield splits("superglue.copa", copa, train=copa_rows, validation=copa_rows)
    yield splits("mmlu.all", mmlu, 5, **mmlu_files)
    yield splits("helm.mmlu", helm_mmlu, 5, **mmlu_files)
    yield splits("helm.boolq", helm_boolq, 5, train=boolq_rows[:9], validation=boolq_rows[9:])
    yield splits("helm.gsm8k", helm_gsm8k, 5, **{split: f"gsm8k/{file}" for split, file in GSM8K.items()})
    yield splits("helm.hellaswag", helm_hellaswag, validation=list(as_published_hellaswag()))
    yield single("helm.truthful_qa", helm_truthful_qa, list(as_hub_truthful_qa()), 5)
    yield single("helm.raft_banking_77", helm_banking, list(as_raft_banking()), 5)
    for path in sorted(BENCH.glob("bbh/*.json")):
        yield single(f"bigbench.{path.stem}", bbh, f"bbh/{path.name}", 3, INSTRUCTIONS.get(path.stem, ""))
    for path in sorted(BENCH.glob("bigbench/*.json")):
        name = path.stem.removesuffix("_three_objects")
        yield splits(f"bigbench.mc_{name}", bigbench, test=list(as_hub_bigbench(f"bigbench/{path.name}")))


CASES = list(cases()) if BENCH.is_dir() else []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.task)
def test_a_row_is_asked_as_its_benchmark_means_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case):
    meanings = [case.meant(row) for row in case.rows]
    overrides = case.overrides(tmp_path)
    if not meanings[0].choices:
        # What a random model writes is of no interest.
        overrides.append(f"{case.task}.generate.max_new_tokens=2")

    entry, lines = asked(tmp_path, monkeypatch, case.task, overrides, LIMIT)

    assert (entry.rows, entry.shots) == (LIMIT, case.exemplars)
    for line in lines:
        found = ([choice["text"] for choice in line.get("choices", [])], line["references"])
        assert line["exemplars"] == case.exemplars
        assert line["prompt"].startswith(case.head)
        assert found in [(m.choices, m.right) for m in meanings if asks(line["prompt"], m, case.exemplars)]


def asks(prompt: str, meant: Meant, exemplars: int) -> bool:
    return prompt.endswith(f"\n\n{meant.asked}") if exemplars else prompt == meant.asked


def flan_cases() -> Iterator[Case]:
    """FLAN's tasks have templates of our own, one drawn a row: what is meant by a row is that they show all of it."""
    boolq_rows = list(as_super_glue_boolq())
    copa_rows, piqa_rows = "super_glue/copa.validation.jsonl", "piqa/validation_1000.jsonl.gz"
    arc_rows = "arc/arc_easy.validation.jsonl"
    yield splits("flan.arc_easy", arc, train=arc_rows, validation=arc_rows, test=arc_rows)
    yield splits("flan.boolq", boolq, train=boolq_rows[:9], validation=boolq_rows)
    yield splits("flan.copa", flan_copa, train=copa_rows, validation=copa_rows)
    yield splits("flan.piqa", piqa, train=piqa_rows, validation=piqa_rows)


def flan_copa(row: Row) -> Meant:
    ways = [row["choice1"], row["choice2"]]
    return Meant(row["premise"], ways, [ways[row["label"]]])


FLAN = list(flan_cases()) if BENCH.is_dir() else []
SHOWN = {
    "flan.arc_easy": lambda row: [row["question"], *row["choices"]["text"]],
    "flan.boolq": lambda row: [row["passage"], row["question"]],
    "flan.copa": lambda row: [row["premise"], row["question"], row["choice1"], row["choice2"]],
    "flan.piqa": lambda row: [row["goal"], row["sol1"], row["sol2"]],
}


@pytest.mark.parametrize("case", FLAN, ids=lambda case: case.task)
def test_a_training_task_shows_the_row_and_keeps_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case
):
    _, lines = asked(tmp_path, monkeypatch, case.task, case.overrides(tmp_path), 3 * LIMIT)

    assert len({line["template"] for line in lines}) == 2
    for line in lines:
        shown = [row for row in case.rows if all(text in line["prompt"] for text in SHOWN[case.task](row))]
        found = ([choice["text"] for choice in line["choices"]], line["references"])
        assert found in [(meant.choices, meant.right) for meant in map(case.meant, shown)]


HERE = {
    "allenai/ai2_arc": {"ARC-Easy", "ARC-Challenge"},
    "allenai/winogrande": {"winogrande_xl"},
    "aps/super_glue": {"boolq", "copa"},
    "baber/piqa": {None},
    "cais/mmlu": {"all"},
    "google/boolq": {None},
    "hails/bigbench": {f"{path.stem.removesuffix('_three_objects')}_zero_shot" for path in BENCH.glob("bigbench/*")},
    "openai/gsm8k": {"main"},
    "ought/raft": {"banking_77"},
    "Rowan/hellaswag": {None},
    "SaylorTwift/bbh": {path.stem for path in BENCH.glob("bbh/*")},
    "tau/commonsense_qa": {None},
    "truthfulqa/truthful_qa": {"generation"},
}
"""Data sets of the hub, and their configurations, that have rows here."""


def test_no_task_with_rows_is_left_out():
    expected = set()
    for path in (Path(__file__).parents[2] / "recipes" / "std").glob("*.ift"):
        blocks = check(path, cwd=path.parent).recipe.blocks
        for name, task in blocks.get("task", {}).items():
            dataset = blocks["dataset"][blocks["template"][task.templates[0]].dataset]
            sources = dataset.source.values() if isinstance(dataset.source, dict) else [dataset.source]
            if any(source.config in HERE.get(source.name, ()) for source in sources):
                expected.add(f"{path.stem}.{name}")

    assert {case.task for case in (*CASES, *FLAN)} == expected
