"""Did you mean."""

from __future__ import annotations

import pytest

from recipe_lang.diagnostics.suggest import closest, edit_distance, surely


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


def test_what_other_programs_call_so_comes_before_a_near_word():
    assert closest("acc", ["mcc", "accuracy"]) == "accuracy"
    assert closest("acc", ["mcc", "ACC", "accuracy"]) == "ACC"


@pytest.mark.parametrize(
    ("word", "guess", "sure"),
    [
        ("acc", "mcc", False),
        ("note", "none", False),
        ("noet", "note", True),
        ("qaa", "qa", True),
        ("Mcc", "mcc", True),
        ("yes", "true", True),
        ("evry", "every", True),
    ],
)
def test_a_short_word_is_not_taken_for_a_near_one_unasked(word, guess, sure):
    assert surely(word, guess) is sure


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("kitten", "sitting", 3)],
)
def test_edit_distance(a, b, expected):
    assert expected == edit_distance(a, b) == edit_distance(b, a)
