from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from recipe_lang.program.results import Measured
from runtime.report.numbers import task_name
from runtime.report.table import show_results
from tests.pty import terminal
from tests.report.runs import altered, program, written


def shown(folder: Path) -> str:
    stream = io.StringIO()
    plan, results = written(folder, program())
    show_results(plan, results, folder, stream)
    return stream.getvalue()


def test_plain_lines_line_up_without_control_characters(tmp_path: Path):
    text = shown(tmp_path)

    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)
    head, rule, first = text.splitlines()[1:4]
    assert head.split() == [
        "task",
        "metric",
        "base",
        "tuned",
        "difference",
        *["95%", "interval", "answers", "cut", "rows"],
    ]
    assert len(rule) >= len(first)
    assert first.split()[:2] == ["note_writing", "rouge1"]


def test_it_says_what_passed_and_where_the_run_is(tmp_path: Path):
    text = shown(tmp_path)

    assert "passed: note_writing.rouge1.gain >= 0.1" in text
    assert str(tmp_path) in text
    assert "undecided" in text


@pytest.mark.parametrize("columns", [200, 80, 60])
def test_a_terminal_gets_every_cell_whole_and_no_line_beyond_its_edge(tmp_path: Path, columns: int):
    plain = set(re.findall(r"[\w.+−]+", shown(tmp_path).partition("run folder")[0]))
    plan, results = written(tmp_path, program())
    with terminal(columns) as (stream, read):
        show_results(plan, results, tmp_path, stream)
    text = re.sub(r"\x1b\[[0-9;]*m", "", read())

    assert "\x1b" not in text and "…" not in text
    assert plain - set(re.findall(r"[\w.+−]+", text)) == set()
    assert [line for line in text.partition("passed:")[0].splitlines() if len(line) > columns] == []


def test_answers_that_were_cut_stand_beside_the_figures_of_both_models(tmp_path: Path):
    plan, results = written(tmp_path, program())
    told = {"base": 7, "tuned": 3}
    cut = altered(results, lambda d: [e.update(cut=told.get(e["phase"])) for e in d["evaluations"]])
    stream = io.StringIO()

    show_results(plan, cut, tmp_path, stream)

    assert re.search(r"note_writing +rouge1 .* 7 → 3 +50", stream.getvalue())


def test_figures_of_a_task_with_other_numbers_of_exemplars_are_told_apart():
    asked = (("kind", 0), ("kind", 2), ("sum", 0))
    lines = [Measured(block=None, task=task, split="test", shots=shots) for task, shots in asked]

    assert [task_name(line, lines) for line in lines] == ["kind, 0 shots", "kind, 2 shots", "sum"]
