"""Suites of the library are averaged as their inventors do it, on answers whose figures are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.plan import make_plan
from recipe_lang.program.predictions import Prediction
from recipe_lang.program.program import Program
from recipe_lang.program.reach import leaf_tasks
from recipe_lang.program.results import Evaluation
from runtime.base.records import write_lines
from runtime.evaluate.asked import Asked
from runtime.evaluate.score import evaluation, metrics_of, statistics_of
from runtime.evaluate.suites import suite_figures
from tests.evaluate.library import recipe
from tests.evaluate.made import CHOSEN
from tests.evaluate.metrics.cases import prediction


def made(folder: Path, name: str) -> Program:
    return make_plan(check(recipe(folder, name, name.split(".")[0]), cwd=folder).recipe).program


def entry(program: Program, task: str, predictions: list[Prediction], folder: Path) -> Evaluation:
    asked = Asked(task, "validation", program.tasks[task].few_shot.shots[0], 1)
    statistics = statistics_of(metrics_of(program.tasks[task]), predictions)
    block = program.evaluations[0]
    found = evaluation(program, block, asked, "base", predictions, statistics, how=CHOSEN, tokenizer="")
    write_lines(folder / found.predictions, predictions)
    return found


def averages(folder: Path, name: str, answers: dict[str, list[Prediction]]) -> dict[str, float]:
    """By suite."""
    program = made(folder, name)
    assert answers.keys() == set(leaf_tasks([name], program))
    entries = [entry(program, task, predictions, folder) for task, predictions in answers.items()]
    return {g.suite: g.value for g in suite_figures(program, program.evaluations[0], entries, folder)}


def said(*pairs: tuple[str, str], groups: str = "") -> list[Prediction]:
    """An answer and what is right, for each row; `groups` names each row's group by a letter."""
    return [
        prediction(answer, right, row=row, **({"group": groups[row]} if groups else {}))
        for row, (answer, right) in enumerate(pairs)
    ]


def test_superglue_is_the_mean_over_tasks_of_the_mean_of_their_metrics(tmp_path: Path):
    right, wrong = ("yes", "yes"), ("no", "yes")
    found = averages(
        tmp_path,
        "superglue.all",
        {
            "superglue.boolq": said(right, wrong),
            "superglue.cb": said(("True", "True"), ("False", "False"), ("Neither", "Neither"), ("True", "Neither")),
            "superglue.copa": said(right),
            "superglue.multirc": said(right, ("no", "no"), ("yes", "no"), right, groups="aabb"),
            "superglue.record": said(("Rome", "Rome"), ("New York City", "New York")),
            "superglue.rte": said(right, wrong, wrong, wrong),
            "superglue.wic": said(wrong),
            "superglue.wsc": said(right, wrong),
        },
    )

    # CB: accuracy and macro-F1. MultiRC: F1 of "yes" and whole questions. ReCoRD: F1 and exact match.
    cb, multirc, record = (3 / 4 + (2 / 3 + 1 + 2 / 3) / 3) / 2, (4 / 5 + 1 / 2) / 2, ((1 + 4 / 5) / 2 + 1 / 2) / 2
    assert found == {"superglue.all": pytest.approx((1 / 2 + cb + 1 + multirc + record + 1 / 4 + 0 + 1 / 2) / 8)}


def test_bigbench_hard_counts_a_task_of_three_sizes_once(tmp_path: Path):
    program = made(tmp_path, "bigbench.hard")
    answers = {task: said(("a", "b")) for task in leaf_tasks(["bigbench.hard"], program)}
    answers["bigbench.logical_deduction_three_objects"] = said(("a", "a"))
    answers["bigbench.logical_deduction_five_objects"] = said(("a", "a"), ("a", "b"))
    answers["bigbench.snarks"] = said(("a", "a"))
    for size in ("three", "five", "seven"):
        answers[f"bigbench.tracking_shuffled_objects_{size}_objects"] = said(("a", "a"))

    found = averages(tmp_path, "bigbench.hard", answers)

    assert len(answers) == 27
    assert found == {
        "bigbench.hard": pytest.approx((1 + 1 / 2 + 1) / 23),
        "bigbench.logical_deduction": pytest.approx(1 / 2),
        "bigbench.tracking_shuffled_objects": pytest.approx(1),
    }


def test_mmlu_is_over_all_questions_and_by_subject(tmp_path: Path):
    answers = {"anatomy": [("A", "A")] * 3 + [("B", "A")], "virology": [("A", "B")], "law": [("C", "C")] * 2}
    predictions = [
        prediction(answer, right, row=row, slices={"subject": subject})
        for row, (subject, answer, right) in enumerate((s, *pair) for s, pairs in answers.items() for pair in pairs)
    ]

    found = entry(made(tmp_path, "mmlu.all"), "mmlu.all", predictions, tmp_path)

    by_subject = {name: part.metrics["accuracy"].value for name, part in found.slices["subject"].items()}
    assert found.metrics["accuracy"].value == pytest.approx(5 / 7)
    assert by_subject == {"anatomy": 3 / 4, "virology": 0, "law": 1}
