"""Edits are made in the file as stored."""

from __future__ import annotations

from recipe_lang.cli.fixes import apply
from recipe_lang.diagnostics.model import Edit, Fix, Place
from recipe_lang.source import Source, Span

STORED = "\ufeffalpha = 1\r\nbeta = 2\r\n"
SOURCE = Source.from_file_text("a.ift", STORED)


def edit(old: str, new: str) -> Edit:
    start = SOURCE.text.index(old)
    return Edit(Place(SOURCE, Span(start, start + len(old))), new)


def test_line_ends_and_marks_stay():
    fixes = [Fix("", (edit("beta", "b\nc"),)), Fix("", (edit("alpha", "a"),))]

    assert apply(STORED, fixes) == ("\ufeffa = 1\r\nb\r\nc = 2\r\n", 2)


def test_a_fix_that_overlaps_an_earlier_one_is_left_out_whole():
    fixes = [Fix("", (edit("beta", "b"),)), Fix("", (edit("alpha", "a"), edit("eta", "x")))]

    assert apply(STORED, fixes) == ("\ufeffalpha = 1\r\nb = 2\r\n", 1)


def test_of_two_insertions_at_one_place_the_first_is_made():
    here = Place(SOURCE, Span(0, 0))
    fixes = [Fix("", (Edit(here, "x"),)), Fix("", (Edit(here, "y"),))]

    assert apply(STORED, fixes) == ("\ufeffxalpha = 1\r\nbeta = 2\r\n", 1)
