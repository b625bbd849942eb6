"""Diagnostics of several files: once, counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.cli.report import exit_code, once, summary
from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Place
from recipe_lang.source import Source, Span

MAIN, LIBRARY = Source("main.ift", "x" * 50), Source("lib.ift", "y" * 50)


def problem(source: Source | None, start: int, severity="error", code="IFT301", fix=None) -> Diagnostic:
    place = Place(source, Span(start, start + 1)) if source else None
    return Diagnostic(code, severity, f"at {start}", place, fix=fix)


def test_a_library_of_two_recipes_is_reported_once():
    assert [problem(LIBRARY, 5), problem(LIBRARY, 6)] == once([problem(LIBRARY, i) for i in (5, 6, 5)])


@pytest.mark.parametrize(
    ("found", "strict", "expected"),
    [
        ([], True, 0),
        ([problem(MAIN, 1, "warning")], False, 0),
        ([problem(MAIN, 1, "warning")], True, 1),
        ([problem(MAIN, 1, "note")], True, 0),
        ([problem(MAIN, 1)], False, 1),
        ([problem(MAIN, 1), problem(None, 0, code="IFT001")], False, 2),
    ],
)
def test_exit_code(found, strict, expected):
    assert expected == exit_code(found, strict=strict)


def test_summary():
    stored = Source("main.ift", "x" * 50, path=Path("main.ift"))
    fixable = problem(stored, 1, fix=Fix("f", (Edit(Place(stored, Span(0, 1)), ""),)))
    unfixable = problem(MAIN, 2, fix=Fix("f", (Edit(Place(MAIN, Span(0, 1)), ""),)))

    assert summary([], 1) == "1 file checked: no problems"
    assert summary([], 1, unread=True) == "1 file checked: no problems; `ift check --data` looks at the rows too"
    assert summary([fixable, unfixable, problem(MAIN, 3, "note")], 2) == (
        "2 files checked: 2 errors, 1 note; `ift check --fix` mends 1"
    )
