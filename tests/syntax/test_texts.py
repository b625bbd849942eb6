from __future__ import annotations

import pytest
from hypothesis import given, settings

from recipe_lang.source import Source
from recipe_lang.syntax import parse_value
from tests.strategies import text_blocks, texts


def text_of(written: str):
    value, found = parse_value(Source("recipe.ift", written))
    assert found == []
    return value


def codes(written: str) -> list[str]:
    return [diagnostic.code for diagnostic in parse_value(Source("recipe.ift", written))[1]]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('""', ""),
        ('"plain"', "plain"),
        (r'"a\nb\tc"', "a\nb\tc"),
        (r'"\"quoted\" \\ back"', '"quoted" \\ back'),
        (r'"\u{e9}\u{1F600}\u{0}"', "é😀\0"),
        (r'"\\n"', "\\n"),
        ('"{{ x }}"', "{{ x }}"),
        ('"tab\there"', "tab\there"),
    ],
)
def test_one_line_texts(written, text):
    assert text_of(written).text == text


@pytest.mark.parametrize(
    "escape", [r"\d", r"\r", r"\0", r"\x41", r"\u41", r"\u{}", r"\u{110000}", r"\u{d800}", r"\u{g}"]
)
def test_unknown_escapes_stand_for_themselves_after_a_report(escape):
    value, found = parse_value(Source("recipe.ift", f'"a{escape}b\\n"'))

    assert [diagnostic.code for diagnostic in found] == ["IFT123"]
    assert value.text == f"a{escape}b\n"
    assert found[0].place.span.start == 2


def test_every_unknown_escape_of_a_text_is_reported():
    assert codes(r'"\d \w \d"') == ["IFT123"] * 3


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('"""\n"""', ""),
        ('"""\n\n"""', ""),
        ('"""\na\n"""', "a"),
        ('"""\na\n\n"""', "a\n"),
        ('"""\n  a\n    b\n  """', "a\n  b"),
        ('"""  \n  a\n\n  b\n  """', "a\n\nb"),
        ('"""\n  a\n     \n  b\n  """', "a\n   \nb"),
        ('"""\n  a\n \n  b\n  """', "a\n\nb"),
        ('"""\n\ta\n\t"""', "a"),
        ('"""\n  \\n "" {{ x }} # no comment\n  """', '\\n "" {{ x }} # no comment'),
    ],
)
def test_text_blocks(written, text):
    assert text_of(written).text == text


@pytest.mark.parametrize(
    ("written", "caret"),
    [
        ('"""\n  a\n b\n  """', (8, 9)),
        ('"""\n  a\nb\n  """', (8, 9)),
        ('"""\n\t\ta\n  """', (4, 6)),
        ('"""\n \ta\n\t """', (4, 6)),
    ],
)
def test_a_line_indented_less_or_otherwise_is_an_error(written, caret):
    (diagnostic,) = parse_value(Source("recipe.ift", written))[1]

    assert diagnostic.code == "IFT122"
    assert (diagnostic.place.span.start, diagnostic.place.span.end) == caret


@pytest.mark.parametrize("written", ['"""a"""', '"""a\n"""', '"""\na"""', '"""\n  a\n  b"""', '""""""'])
def test_text_beside_the_quotes_is_an_error(written):
    assert codes(written) == ["IFT121"]


@given(texts)
@settings(max_examples=100, deadline=None)
def test_every_character_of_a_text_is_mapped_to_where_it_is_written(written):
    value = text_of(written)

    for index, character in enumerate(value.text):
        span = value.host_span(index, index + 1)
        inside = written[span.start : span.end]
        assert inside == character or (inside.startswith("\\") and text_of(f'"{inside}"').text == character)
    assert value.host_offset(len(value.text)) == len(written) - 1


@given(text_blocks())
@settings(max_examples=100, deadline=None)
def test_every_character_of_a_text_block_is_mapped_to_where_it_is_written(written):
    value = text_of(written)

    for index, character in enumerate(value.text):
        assert written[value.host_offset(index)] == character


def test_a_span_ends_before_the_indentation_of_the_next_line():
    written = '"""\n  ab\n  cd\n  """'
    value = text_of(written)

    assert value.text == "ab\ncd"
    spans = {text: value.host_span(*span) for text, span in {"ab": (0, 2), "ab\ncd": (0, 5), "": (3, 3)}.items()}
    assert written[spans["ab"].start : spans["ab"].end] == "ab"
    assert written[spans["ab\ncd"].start : spans["ab\ncd"].end] == "ab\n  cd"
    assert (spans[""].start, spans[""].end) == (11, 11)
