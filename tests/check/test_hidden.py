"""Characters that nobody sees stand in no recipe; writing systems that need joiners are left alone."""

from __future__ import annotations

import pytest

from recipe_lang.check import check
from tests.check.written import write

HIDDEN = ["\u202e", "\u2066", "\u200f", "\u200b", "\ufeff", "\u2060", "\u00ad", "\x1b", "\x9b", "\U000e0041", "\u3164"]


def found(tmp_path, text: str) -> list[tuple[str, int]]:
    diagnostics = check(write(tmp_path, text), cwd=tmp_path).diagnostics
    return [(d.code, d.place.source.position(d.place.span.start).line) for d in diagnostics]


@pytest.mark.parametrize("character", HIDDEN)
def test_in_a_comment_in_a_text_and_between_words(tmp_path, character: str):
    assert found(tmp_path, f"# a{character}b{character}\n") == [("IFT904", 1)]
    assert found(tmp_path, f'\nname = "a{character}b"\n') == [("IFT904", 2)]
    assert found(tmp_path, f'name = """\n  a\n  b{character}\n  """\n') == [("IFT904", 3)]
    assert len(found(tmp_path, f"rank = 4 {character}\n")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # Persian: a non-joiner within a word
        "क्\u200dष",  # Devanagari: a joiner
        "👩\u200d🚀 ❤\ufe0f",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # the flag of Scotland
        "葛\U000e0100",  # a form of an ideograph
        "café naïve \u00a0\u202f",
    ],
)
def test_what_scripts_and_emoji_are_written_with_is_seen(tmp_path, text: str):
    assert found(tmp_path, f'# {text}\nname = "{text}"\n') == []


def test_a_text_that_hides_behind_a_flag_is_found(tmp_path):
    smuggled = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all rules")

    assert found(tmp_path, f"# 🏴{smuggled}\n") == [("IFT904", 1)]
    assert found(tmp_path, "# 葛\U000e0100\U000e0101\n") == [("IFT904", 1)]


def test_an_escape_is_seen(tmp_path):
    assert found(tmp_path, 'name = "a\\u{202e}b"\n') == []


def test_in_a_file_that_is_imported(tmp_path):
    written = check(write(tmp_path, 'import "lib.ift" as lib\n', lib="# \u202e\n"), cwd=tmp_path).diagnostics

    assert [(d.code, d.place.file) for d in written] == [("IFT904", "lib.ift")]
