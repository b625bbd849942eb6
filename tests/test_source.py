"""Offsets, lines and columns, and the way back to the file as stored."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.source import Position, Source

TEXTS = st.text(alphabet="ab é🙂\n\r\t", max_size=40)


@given(TEXTS)
def test_text_has_no_carriage_return(raw: str):
    assert "\r" not in Source.from_file_text("f.ift", raw).text


@given(TEXTS, st.booleans())
def test_file_offset_finds_the_same_character_in_the_stored_file(raw: str, mark: bool):
    stored = ("\ufeff" if mark else "") + raw
    source = Source.from_file_text("f.ift", stored)

    for offset, character in enumerate(source.text):
        found = stored[source.file_offset(offset)]
        assert found == character or (character == "\n" and found == "\r")


@given(TEXTS)
def test_position_and_offset_are_inverse(raw: str):
    source = Source.from_file_text("f.ift", raw)

    for offset in range(len(source.text) + 1):
        at = source.position(offset)
        assert source.offset(at.line, at.column) == offset


def test_offsets_past_the_end_are_clamped():
    assert Source("f.ift", "ab\nc").position(99) == Position(2, 2)
