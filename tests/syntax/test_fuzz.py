"""Any text gives a tree and diagnostics, never an exception."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipe_lang.source import Source
from recipe_lang.syntax import parse, parse_value
from tests.strategies import mutated, recipes, stored, words

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())


def check(text: str) -> None:
    source = Source("recipe.ift", text)
    file, found = parse(source)
    value, found_in_value = parse_value(source)

    for diagnostic in [*found, *found_in_value]:
        span = diagnostic.place.span
        assert 0 <= span.start <= span.end <= len(text)
        assert diagnostic.message and "\n" not in diagnostic.message
    assert found == sorted(found, key=lambda diagnostic: diagnostic.place.span)
    assert file.body.complete or found
    assert value is not None or found_in_value


@given(stored())
@settings(max_examples=40, deadline=None)
def test_generated_recipes_parse(source):
    file, found = parse(source)

    assert found == []
    assert file.body.complete


@given(mutated())
@settings(max_examples=70, deadline=None)
def test_damaged_recipes_never_raise(text):
    check(text)


@given(st.lists(st.one_of(words, st.text(max_size=3)), max_size=40).map("".join))
@settings(max_examples=70, deadline=None)
def test_word_soup_never_raises(text):
    check(text)


@given(recipes(), st.data())
@settings(max_examples=30, deadline=None)
def test_recipes_cut_off_anywhere_never_raise(text, data):
    check(text[: data.draw(st.integers(0, len(text)))])


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_texts_that_once_failed_never_raise(path):
    check(path.read_bytes().decode("utf-8", "surrogatepass"))
