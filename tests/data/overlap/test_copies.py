"""Copies of evaluated questions are found however short they are and however often they stand in the training rows."""

from __future__ import annotations

import pytest

from runtime.data import prepare
from tests.data import programs
from tests.data.overlap.test_overlap import TRAINING, recipe, rows_of, vocabulary  # noqa: F401
from tests.data.preparing import refused

SHORT = {"q": "What is 2+2?", "a": "4"}
LONG = rows_of(vocabulary(7), 1)[0]


def answered(question: dict[str, str], times: int) -> list[dict[str, str]]:
    return [{"q": question["q"], "a": f"solution {number}"} for number in range(times)]


COPIED = [*TRAINING, *answered(SHORT, 3), *answered(LONG, 12)]


def test_every_copy_of_a_question_leaves_the_training_split(tmp_path, folders):
    programs.write_jsonl(tmp_path / "a.jsonl", COPIED)
    programs.write_jsonl(tmp_path / "b.jsonl", [SHORT, LONG])
    sources = {"train": programs.files("a.jsonl"), "test": programs.files("b.jsonl")}
    datasets = {"data": programs.dataset(sources, on_overlap="drop_from_train")}
    data = prepare(programs.program(datasets=datasets, train=programs.train()), tmp_path, folders)

    assert data.facts.datasets["data"].overlapping == 15
    assert data.facts.datasets["data"].splits["train"] == len(TRAINING)


@pytest.mark.parametrize(("question", "times"), [(SHORT, 1), (SHORT, 12), (LONG, 12)])
def test_questions_of_another_dataset_are_found_however_often_they_stand(recipe, folders, question, times):  # noqa: F811
    copies = answered(question, times) if question is LONG else [SHORT] * times
    root, program = recipe([*TRAINING, *copies], [question], on_overlap="error")

    assert refused(root, folders, **program) == ["IFT585"]


def test_short_questions_of_another_dataset_must_be_the_same_with_their_answers(recipe, folders):  # noqa: F811
    near = [{"q": "What is 2-2?", "a": "4"}, {"q": "Say it.", "a": "What is 2+2?"}, SHORT | {"a": "2"}]
    root, program = recipe([*TRAINING, *near], [SHORT])

    assert prepare(programs.program(**program), root, folders).diagnostics == []


def test_an_instruction_that_stands_with_many_inputs_is_no_copy(recipe, folders):  # noqa: F811
    told = "Say in one word how the writer of this review feels"
    ask = "{{ told }} {{ q }}"
    root, program = recipe(
        [row | {"told": told} for row in TRAINING], [{"q": "w1", "a": "b", "told": told}], on_overlap="error"
    )
    program["templates"] = {
        "ask": programs.template(prompt=ask),
        "quiz": programs.template(prompt=ask, dataset="bench"),
    }

    assert prepare(programs.program(**program), root, folders).diagnostics == []
