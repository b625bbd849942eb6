"""Did you mean."""

from __future__ import annotations

import pytest

from recipe_lang.diagnostics.suggest import closest, edit_distance


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("dialog", "dialogue"),
        ("dialoge", "dialogue"),
        ("noet", "note"),
        ("Note", "note"),
        ("sectoin", "section"),
        ("keep-if", "keep_if"),
        ("note", None),
        ("zzz", None),
        ("n", None),
        ("x" * 100_000, None),
    ],
)
def test_closest(word, expected):
    assert expected == closest(word, ["dialogue", "note", "section", "keep_if"])


def test_the_earlier_candidate_wins_a_tie():
    assert closest("test", ["tast", "tist"]) == "tast"


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("kitten", "sitting", 3)],
)
def test_edit_distance(a, b, expected):
    assert expected == edit_distance(a, b) == edit_distance(b, a)
