from __future__ import annotations

import io
import re
from pathlib import Path

from recipe_lang.program.results import Measured
from runtime.report.numbers import task_name
from runtime.report.table import show_results
from tests.report.runs import program, written


def shown(folder: Path, terminal: bool = False) -> str:
    stream = io.StringIO()
    stream.isatty = lambda: terminal  # type: ignore[method-assign]
    plan, results = written(folder, program())
    show_results(plan, results, folder, stream)
    return stream.getvalue()


def test_plain_lines_line_up_without_control_characters(tmp_path: Path):
    text = shown(tmp_path)

    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)
    head, rule, first = text.splitlines()[1:4]
    assert head.split() == ["task", "metric", "base", "tuned", "difference", "95%", "interval", "rows"]
    assert len(rule) >= len(first)
    assert first.split()[:2] == ["note_writing", "rouge1"]


def test_it_says_what_passed_and_where_the_run_is(tmp_path: Path):
    text = shown(tmp_path)

    assert "passed: note_writing.rouge1.gain >= 0.1" in text
    assert str(tmp_path) in text
    assert "undecided" in text


def test_a_terminal_gets_the_same_cells(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm-256color")
    plain = set(re.findall(r"[\w.+−]+", shown(tmp_path)))

    rich = re.sub(r"\x1b\[[0-9;]*m", "", shown(tmp_path, terminal=True))

    assert plain - set(re.findall(r"[\w.+−]+", rich)) == set()


def test_figures_of_a_task_with_other_numbers_of_exemplars_are_told_apart():
    asked = (("kind", 0), ("kind", 2), ("sum", 0))
    lines = [Measured(block=None, task=task, split="test", shots=shots) for task, shots in asked]

    assert [task_name(line, lines) for line in lines] == ["kind, 0 shots", "kind, 2 shots", "sum"]
