"""HELM's scenarios as its adapter writes them: instructions, five answered exemplars, the input, the output's noun.

Rows are made up, in the fields of the data sets' pages on the hub; `test_std_real.py` asks real ones where there are
files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from recipe_lang.check import check
from recipe_lang.plan import make_plan
from recipe_lang.program.reach import leaf_tasks
from tests.data.programs import write_jsonl
from tests.evaluate.library import asked, recipe

Row = dict[str, Any]
ROWS = 14


@dataclass(frozen=True)
class Scenario:
    row: Callable[[int], Row]
    """The n-th row."""
    prompt: Callable[[Row], str]
    right: Callable[[Row], list[str]]
    splits: tuple[str, ...] = ("train", "test")
    """Of the source, the judged one last; none where the data set is split here."""
    data: str = ""
    """The data set, where it is not named after the task."""
    join: str = " "
    header: str = ""


def nq(n: int) -> Row:
    words = ["<P>", "Ice", "melts", "at", f"{n}", "degrees", ".", "</P>", "Other", "text"]
    return {
        "id": str(n),
        "document": {
            "title": "Ice",
            "tokens": {"token": words, "is_html": [word.startswith("<") for word in words]},
        },
        "question": {"text": f"when does ice No {n} melt", "tokens": []},
        "annotations": {
            "id": ["a", "b", "c"],
            "long_answer": [
                {"start_token": -1, "end_token": -1},
                {"start_token": 0, "end_token": 8},
                {"start_token": 8, "end_token": 10},
            ],
            "short_answers": [{"text": []}, {"text": [f"{n}", f"{n} degrees"]}, {"text": [f"{n}"]}],
        },
    }


def quac(n: int) -> Row:
    return {
        "wikipedia_page_title": f"Page {n}",
        "background": "A river.",
        "section_title": "Course",
        "context": f"It is {n} miles long. CANNOTANSWER",
        "questions": ["Where is it?", "Is it deep?", "How long is it?"],
        "answers": {"texts": [["CANNOTANSWER"], ["CANNOTANSWER"], [f"{n} miles", f"{n} miles long", f"{n} miles"]]},
        "orig_answers": {"texts": ["CANNOTANSWER", "It is.", f"{n} miles"]},
    }


def article(n: int) -> Row:
    return {"article": f"Item {n}\n\n" + "word " * 600, "highlights": f"Item {n} .\nIt is long ."}


def cut(text: str) -> str:
    return " ".join(text.split()[:512])


SCENARIOS = {
    "boolq": Scenario(
        lambda n: {"passage": f"Ice {n} is water.", "question": f"is Ice {n} water ", "label": n % 2},
        lambda row: f"Passage: {row['passage']}\nQuestion: {row['question'].strip().capitalize()}?\nAnswer:",
        lambda row: [["No", "Yes"][row["label"]]],
        ("train", "validation"),
    ),
    "narrative_qa": Scenario(
        lambda n: {
            "document": {"id": "d", "summary": {"text": f" Ann meets {n} men. ", "tokens": []}, "text": "…"},
            "question": {"text": f"How many of {n} does Ann meet", "tokens": []},
            "answers": [{"text": f"{n}", "tokens": []}, {"text": f"{n} men", "tokens": []}],
        },
        lambda row: (
            f"Passage: {row['document']['summary']['text'].strip()}\nQuestion: {row['question']['text']}?\nAnswer:"
        ),
        lambda row: [answer["text"] for answer in row["answers"]],
        ("train", "validation", "test"),
    ),
    "natural_qa_closedbook": Scenario(
        nq,
        lambda row: f"Question: {row['question']['text'].capitalize()}?\nAnswer:",
        lambda row: [row["id"], f"{row['id']} degrees"],
        (),
        "natural_qa",
    ),
    "natural_qa_openbook_longans": Scenario(
        nq,
        lambda row: (
            f"Passage: Ice melts at {row['id']} degrees .\n\nQuestion: {row['question']['text'].capitalize()}?\nAnswer:"
        ),
        lambda row: [row["id"], f"{row['id']} degrees"],
        (),
        "natural_qa",
    ),
    "quac": Scenario(
        quac,
        lambda row: (
            f"Title: {row['wikipedia_page_title']}\n\nBackground: A river.\n\nSection: Course\n"
            f"Passage: {row['context'].removesuffix(' CANNOTANSWER')}\n\n"
            "Question: Where is it?\nAnswer: CANNOTANSWER\n\nQuestion: How long is it?\nAnswer:"
        ),
        lambda row: row["answers"]["texts"][2][:2],
        ("train", "validation"),
    ),
    "summarization_cnndm": Scenario(
        article,
        lambda row: f"###\nArticle: {cut(row['article'])}\n\nSummarize the above article in 3 sentences.",
        lambda row: [" ".join(row["highlights"].split())],
        ("train", "validation", "test"),
        join="\n",
    ),
    "summarization_xsum": Scenario(
        lambda n: {"document": article(n)["article"], "summary": f"Item {n}.", "id": str(n)},
        lambda row: f"###\nArticle: {cut(row['document'])}\n\nSummarize the above article in 1 sentence.",
        lambda row: [row["summary"]],
        ("train", "validation", "test"),
        join="\n",
    ),
    "imdb": Scenario(
        lambda n: {"text": f"Film {n} is bad.", "label": n % 2},
        lambda row: f"Passage: {row['text']}\nSentiment:",
        lambda row: [["Negative", "Positive"][row["label"]]],
    ),
    "civil_comments": Scenario(
        lambda n: {"text": f"Comment {n}.", "toxicity": n % 2 / 2, "insult": 0.0},
        lambda row: f"Passage: {row['text']}\nQuestion: Is the passage above toxic?\nAnswer:",
        lambda row: ["True" if row["toxicity"] >= 0.5 else "False"],
        ("train", "validation", "test"),
    ),
    "raft_overruling": Scenario(
        lambda n: {"Sentence": f"We overrule case {n}.", "ID": n, "Label": 1 + n % 2},
        lambda row: f"Sentence: {row['Sentence']}\nLabel:",
        lambda row: [["not overruling", "overruling"][row["Label"] - 1]],
        (),
        header=(
            "In law, an overruling sentence is a statement that nullifies a previous case decision as a precedent, by "
            "a constitutionally valid statute or a decision by the same or higher ranking court which establishes a "
            "different rule on the point of law involved. Label the sentence based on whether it is overruling or "
            "not.\nPossible labels:\n1. not overruling\n2. overruling"
        ),
    ),
    "gsm8k": Scenario(
        lambda n: {
            "question": f"How many are {n} and 1?",
            "answer": f"{n} + 1 = <<{n}+1={n + 1}>>{n + 1}\n#### {n + 1}",
        },
        lambda row: f"Q: {row['question']}\nA:",
        lambda row: [row["answer"].replace("\n####", " The answer is") + "."],
    ),
    "wmt14_de_en": Scenario(
        lambda n: {"translation": {"de": f"{n} Hunde.", "en": f"{n} dogs."}},
        lambda row: f"German: {row['translation']['de']}\nEnglish:",
        lambda row: [row["translation"]["en"]],
        ("train", "validation", "test"),
        header="Translate the following sentences from German to English.",
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_asked_as_the_adapter_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    scenario = SCENARIOS[name]
    rows = [scenario.row(n) for n in range(2, 2 + 2 * ROWS)]
    task, source = f"helm.{name}", f"helm.{scenario.data or name}_rows.source"
    overrides = [f"{task}.generate.max_new_tokens=2"]
    for split in scenario.splits:
        write_jsonl(tmp_path / f"{split}.jsonl", rows[ROWS:] if split == scenario.splits[-1] else rows[:ROWS])
        overrides.append(f'{source}.{split}=jsonl("{split}.jsonl")')
    if not scenario.splits:
        write_jsonl(tmp_path / "rows.jsonl", rows)
        overrides.append(f'{source}=jsonl("rows.jsonl")')

    entry, lines = asked(tmp_path, monkeypatch, task, overrides, limit=3)

    shots = 1 if name == "wmt14_de_en" else 5
    # What stands before the answer is the answer's.
    own = {scenario.prompt(row): scenario.right(row) for row in rows}
    answered = [f"{scenario.prompt(row)}{scenario.join}{scenario.right(row)[0]}\n\n" for row in rows]
    head = f"{scenario.header}\n\n" if scenario.header else ""
    assert (entry.rows, entry.shots) == (3, shots)
    for line in lines:
        prompt = next(prompt for prompt in own if line["prompt"].endswith(f"\n\n{prompt}"))
        exemplars = [each for each in answered if each in line["prompt"]]
        assert line["references"] == own[prompt]
        assert len(exemplars) == shots
        assert line["prompt"].startswith(head)
        assert sorted(line["prompt"].removeprefix(head).removesuffix(prompt)) == sorted("".join(exemplars))


def test_a_question_without_an_answer_may_be_declined_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = [quac(n) for n in range(8)]
    for row in rows:
        row["answers"]["texts"][2] = ["CANNOTANSWER", "CANNOTANSWER"]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    overrides = [f'helm.quac_rows.source.{split}=jsonl("rows.jsonl")' for split in ("train", "validation")]
    overrides.append("helm.quac.generate.max_new_tokens=2")

    _, lines = asked(tmp_path, monkeypatch, "helm.quac", overrides, limit=1)

    assert lines[0]["references"] == ["CANNOTANSWER", "Not enough information", "Cannot answer", "Do not know"]


def test_a_dialogue_is_asked_at_one_place_without_the_question_right_before_as_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rows = []
    for n in range(12):
        turns = [f"{n}.{turn}" for turn in range(7)]
        talk = {"questions": [f"Q{turn}?" for turn in turns], "answers": {"texts": [[f"A{turn}"] for turn in turns]}}
        rows.append(quac(n) | talk | {"orig_answers": {"texts": [f"A{turn}" for turn in turns]}})
    write_jsonl(tmp_path / "rows.jsonl", rows)
    overrides = [f'helm.quac_rows.source.{split}=jsonl("rows.jsonl")' for split in ("train", "validation")]
    overrides += ["helm.quac.generate.max_new_tokens=2", "helm.quac.few_shot.shots=0"]

    _, lines = asked(tmp_path, monkeypatch, "helm.quac", overrides)

    places = set()
    for line in lines:
        n, place = line["reference"].removeprefix("A").split(".")
        places.add(int(place))
        before = "".join(f"Question: Q{n}.{turn}?\nAnswer: A{n}.{turn}\n\n" for turn in range(int(place) - 1))
        assert line["prompt"].endswith(f"\n\n{before}Question: Q{n}.{place}?\nAnswer:")
    assert min(places) >= 2
    assert len(places) > 2


def test_openbookqa_is_scored_answer_by_answer_without_exemplars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    choices = {"text": ["blue", "red"], "label": ["A", "B"]}
    write_jsonl(tmp_path / "rows.jsonl", [{"question_stem": "The sky is", "choices": choices, "answerKey": "A"}])
    overrides = ['helm.openbookqa_rows.source.test=jsonl("rows.jsonl")']

    entry, lines = asked(tmp_path, monkeypatch, "helm.openbookqa", overrides)

    assert entry.shots == 0
    assert lines[0]["prompt"] == "The sky is"
    assert [choice["text"] for choice in lines[0]["choices"]] == ["blue", "red"]
    assert lines[0]["reference"] == "blue"


def test_mmlu_is_asked_of_helms_five_subjects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    subjects = ["abstract_algebra", "college_chemistry", "computer_security", "econometrics", "us_foreign_policy"]
    rows = [
        {"question": f"{subject} {n}?", "subject": subject, "choices": ["1", "2", "3", "4"], "answer": n % 4}
        for n in range(12)
        for subject in [*subjects, "anatomy", "virology"]
    ]
    write_jsonl(tmp_path / "dev.jsonl", rows[: len(rows) // 2])
    write_jsonl(tmp_path / "test.jsonl", rows[len(rows) // 2 :])
    overrides = [f'helm.mmlu_rows.source.{split}=jsonl("{split}.jsonl")' for split in ("dev", "test")]
    overrides += ['helm.mmlu_rows.source.validation=jsonl("test.jsonl")', "helm.mmlu.generate.max_new_tokens=2"]

    entry, lines = asked(tmp_path, monkeypatch, "helm.mmlu", overrides)

    assert (entry.rows, entry.shots, sorted(entry.slices["subject"])) == (30, 5, subjects)
    for line in lines:
        assert line["prompt"].count(line["slices"]["subject"]) == 6 + ("_" not in line["slices"]["subject"])


def test_metrics_are_those_that_helm_computes(tmp_path: Path):
    """Stems of words for ROUGE, sets of words for F1."""
    program = make_plan(check(recipe(tmp_path, "helm.all", "helm"), cwd=tmp_path).recipe).program
    metrics = [metric for name in leaf_tasks(["helm.all"], program) for metric in program.tasks[name].metrics]

    assert {metric.words for metric in metrics if metric.kind == "f1"} == {"set"}
    assert {metric.stemmer for metric in metrics if metric.kind.startswith("rouge")} == {True}


def test_a_generated_letter_is_compared_as_it_is(tmp_path: Path):
    """SQuAD's normalization drops articles: the letter A would be right for an empty answer."""
    program = make_plan(check(recipe(tmp_path, "helm.all", "helm"), cwd=tmp_path).recipe).program

    for task in ("helm.mmlu", "helm.truthful_qa"):
        assert [metric.normalize for metric in program.tasks[task].metrics] == [None]


def test_a_letter_is_one_token(tmp_path: Path):
    program = make_plan(check(recipe(tmp_path, "helm.all", "helm"), cwd=tmp_path).recipe).program

    for task in ("helm.mmlu", "helm.truthful_qa"):
        assert program.tasks[task].generate.max_new_tokens == 1


def test_raft_counts_once_among_the_core_scenarios(tmp_path: Path):
    program = make_plan(check(recipe(tmp_path, "helm.all", "helm"), cwd=tmp_path).recipe).program

    core = program.suites["helm.core"]
    assert (len(core.tasks), core.average) == (14, "tasks")
    assert [name for name in core.tasks if name in program.suites] == ["helm.raft"]
    assert len(leaf_tasks(["helm.raft"], program)) == 11
