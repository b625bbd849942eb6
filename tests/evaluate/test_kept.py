"""An untouched model is asked once, and again wherever its answer could be another one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.evaluate import Kept
from tests.compiled import metrics
from tests.data import programs
from tests.evaluate.world import WORDS, World, block, world

pytestmark = pytest.mark.usefixtures("cache")

TEMPLATES = {"ask": programs.template(), "closed": programs.template(choices=sorted(set(WORDS)))}
TASKS = {
    "generated": programs.task(metrics=metrics("rouge1", "perplexity")),
    "drawn": programs.task(metrics=metrics("rouge1"), generate=programs.generate(temperature=0.7)),
    "chosen": programs.task(templates=["closed"], metrics=metrics("accuracy"), score="choose"),
    "exemplars": programs.task(metrics=metrics("rouge1"), few_shot=programs.few_shot(shots=[2], draws=2)),
}


class Counting:
    def __init__(self, here: World) -> None:
        self.passes = 0
        here.model.register_forward_pre_hook(self)

    def __call__(self, *arguments) -> None:
        self.passes += 1


def kept_in(tmp_path: Path, **of: str) -> Kept:
    return Kept(tmp_path / "kept", of)


def predictions(here: World) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (here.folder / "predictions").iterdir()}


@pytest.mark.parametrize("kind", TASKS)
def test_the_same_questions_are_not_asked_again(tmp_path: Path, kind: str):
    here = world(tmp_path, tasks={"answering": TASKS[kind]}, templates=TEMPLATES)
    entries = here.evaluate(kept=kept_in(tmp_path), noise=True)
    written, counting = predictions(here), Counting(here)

    assert here.evaluate(kept=kept_in(tmp_path), noise=True) == entries
    assert (predictions(here), counting.passes) == (written, 0)


@pytest.mark.parametrize("kind", TASKS)
def test_what_is_kept_is_what_would_have_been_answered(tmp_path: Path, kind: str):
    here = world(tmp_path, tasks={"answering": TASKS[kind]}, templates=TEMPLATES)
    entries = here.evaluate()
    written = predictions(here)

    for _ in range(2):
        assert here.evaluate(kept=kept_in(tmp_path)) == entries
        assert predictions(here) == written


def changed(here: World, **task: object) -> World:
    """The world with other settings of its task."""
    program = here.plan.program
    other = program.model_copy(update={"tasks": {"answering": program.tasks["answering"].model_copy(update=task)}})
    return replace(here, plan=here.plan.model_copy(update={"program": other}))


OTHERWISE = {
    "weights": lambda here, kept: (here, Kept(kept, {"weights": "others"}), {}),
    "rows": lambda here, kept: (here, Kept(kept, {}), {"limit": {"answering": 3}}),
    "precision": lambda here, kept: (here, Kept(kept, {}), {"precision": "bf16"}),
    "decoding": lambda here, kept: (changed(here, generate=programs.generate(stop=["red"])), Kept(kept, {}), {}),
    "likelihood": lambda here, kept: (changed(here, metrics=metrics("perplexity")), Kept(kept, {}), {}),
}


@pytest.mark.parametrize("kind", OTHERWISE)
def test_what_could_be_answered_otherwise_is_asked(tmp_path: Path, kind: str):
    here = world(tmp_path)
    here.evaluate(kept=kept_in(tmp_path))
    counting = Counting(here)
    there, kept, settings = OTHERWISE[kind](here, tmp_path / "kept")

    there.evaluate(kept=kept, **settings)

    assert counting.passes > 0


def test_a_drawn_answer_is_of_its_seed(tmp_path: Path):
    here = world(tmp_path, tasks={"answering": TASKS["drawn"]}, evaluations=[block()])
    here.evaluate(kept=kept_in(tmp_path))
    counting = Counting(here)
    other = here.plan.program.model_copy(update={"seed": 99})

    replace(here, plan=here.plan.model_copy(update={"program": other})).evaluate(kept=kept_in(tmp_path))

    assert counting.passes > 0


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"no answers\n"])
def test_what_was_not_written_whole_is_asked(tmp_path: Path, damage: bytes):
    here = world(tmp_path)
    entries = here.evaluate(kept=kept_in(tmp_path))
    (file,) = (tmp_path / "kept").glob("*/answers.jsonl")
    file.write_bytes(damage)

    assert here.evaluate(kept=kept_in(tmp_path)) == entries
    assert file.stat().st_size > 3 * len(damage)


def test_an_answer_that_was_changed_is_asked_again(tmp_path: Path):
    here = world(tmp_path)
    entries = here.evaluate(kept=kept_in(tmp_path))
    (file,) = (tmp_path / "kept").glob("*/answers.jsonl")
    file.write_text(re.sub('"text":"[^"]*"', '"text":"another"', file.read_text()))

    assert here.evaluate(kept=kept_in(tmp_path)) == entries
