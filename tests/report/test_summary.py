"""What a run was, in words: planned, and what came of it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from recipe_lang.program.metrics import MetricName
from runtime.evaluate import conclude
from runtime.report.card import write_card
from runtime.report.page import write_page
from runtime.report.summary import settings
from runtime.report.table import show_results
from tests.report.runs import made_steps, plan, program, written

RESULTS = conclude(plan(program(evaluations=[])), [], Path())
PLANNED = "27,009, of which 5,204 bear loss"


@pytest.mark.parametrize(
    ("read", "expected"),
    [([], PLANNED), ([225] * 119 + [234], PLANNED), ([225] * 120, f"27,000; planned were {PLANNED}")],
)
def test_tokens_are_those_that_were_read(read: list[int], expected: str):
    steps = [step.model_copy(update={"tokens": n}) for step, n in zip(made_steps(len(read)), read, strict=True)]

    assert dict(settings(plan(program()), RESULTS, steps))["tokens"] == expected


@pytest.mark.parametrize("best", [None, "note_writing.rouge1"])
def test_where_a_metric_decides_it_is_said_which_weights_were_kept(tmp_path: Path, best: str | None):
    made = program()
    checkpoint = made.train.checkpoint.model_copy(
        update={"best": best and MetricName(task="note_writing", metric="rouge1")}
    )
    decided = made.model_copy(update={"train": made.train.model_copy(update={"checkpoint": checkpoint})})
    run, results = written(tmp_path, decided)
    results = results.model_copy(update={"tuned_step": 60})
    stream = io.StringIO()

    write_page(run, results, tmp_path)
    write_card(run, results, tmp_path)
    show_results(run, results, tmp_path, stream)

    texts = [stream.getvalue(), *((tmp_path / name).read_text() for name in ("report.html", "README.md"))]
    said = "of step 60 of 120 made, the best by note_writing.rouge1"
    assert [said in text for text in texts] == [best is not None] * 3


@pytest.mark.parametrize(("made", "expected"), [(120, ""), (40, "40 steps; planned were ")])
def test_a_run_that_was_stopped_early_has_the_steps_that_it_made(made: int, expected: str):
    told = dict(settings(plan(program()), RESULTS, made_steps(made)))

    assert told["duration"] == f"{expected}1 epoch, 120 steps, 200 examples"


def test_page_and_card_say_what_was_read(tmp_path: Path):
    made, results = written(tmp_path, program())

    write_page(made, results, tmp_path)
    write_card(made, results, tmp_path)

    for file in ("report.html", "README.md"):
        assert f"27,000; planned were {PLANNED}" in (tmp_path / file).read_text(encoding="utf-8")
