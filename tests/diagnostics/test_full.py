"""The format for people, byte for byte."""

from __future__ import annotations

import re
from dataclasses import replace
from unicodedata import east_asian_width

from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.diagnostics.model import Diagnostic, Label, Place
from recipe_lang.diagnostics.render.full import render
from recipe_lang.source import Source, Span
from tests.diagnostics.examples import block, place, simple, unknown_column


def snippet(text: str) -> str:
    """The rendered lines between the message and the closing notes."""
    return "\n".join(text.split("\n")[1:-2]) + "\n"


def test_message_snippet_help_and_more():
    expected = block("""
        error[IFT403]: template `brief` uses `dialog`, which dataset `visits` does not have
          ┌─ recipes/clinical.ift:9:8
          │
         9│     {{ dialog }}
          │        ^^^^^^ not a column of `visits`
          │
          = help: did you mean `dialogue`? (text, declared at line 3)
          = more: ift explain IFT403
        """)

    assert expected == render([unknown_column()])


def test_where_there_is_no_help_the_fix_is_the_help():
    shown = render([replace(unknown_column(fix=True), help=None)])

    assert "  = help: write `dialogue`\n" in shown


def test_related_places_stand_in_the_order_of_the_file_with_gaps_shown():
    labels = Label(place("brief"), "the template"), Label(place("dialogue = text"), "declared here")
    expected = block("""
          ┌─ recipes/clinical.ift:9:8
          │
         3│     dialogue = text
          │     --------------- declared here
          ·
         7│ template brief for visits {
          │          ----- the template
          ·
         9│     {{ dialog }}
          │        ^^^^^^ not a column of `visits`
          │
          = help: did you mean `dialogue`? (text, declared at line 3)
        """)

    assert expected == snippet(render([unknown_column(*labels)]))


def test_a_related_place_in_another_file_has_its_own_snippet():
    other = Source("std/glue.ift", "dataset visits {}\n")
    expected = block("""
          ┌─ recipes/clinical.ift:9:8
          │
         9│     {{ dialog }}
          │        ^^^^^^ not a column of `visits`
          │
          ┌─ std/glue.ift:1:9
          │
         1│ dataset visits {}
          │         ------ first declared here
          │
          = help: did you mean `dialogue`? (text, declared at line 3)
        """)

    assert expected == snippet(render([unknown_column(Label(place("visits", other), "first declared here"))]))


def test_two_marks_on_one_line_stand_below_each_other_the_primary_first():
    source = Source("a.ift", "train = 80%, test = 30%\n")
    diagnostic = Diagnostic("IFT501", "error", "m", place("30%", source), "110%", (Label(place("80%", source), "and"),))
    expected = block("""
          ┌─ a.ift:1:21
          │
         1│ train = 80%, test = 30%
          │                     ^^^ 110%
          │         --- and
          │
        """)

    assert expected == snippet(render([diagnostic]))


def test_a_range_over_several_lines_shows_its_first_and_its_last():
    source = Source("a.ift", "train {\n  batch = 8\n  seed = 1\n  }\n")
    expected = block("""
          ┌─ a.ift:1:1
          │
         1│ train {
          │ ^^^^^^^
          ·
         4│   }
          │   ^ the block
          │
        """)

    assert expected == snippet(render([simple(source, 0, len(source.text), "the block")]))


def test_tabs_and_wide_characters_keep_the_mark_below_its_word():
    source = Source("a.ift", '\tname = "日本" + oops\n')
    start = source.text.index("oops")
    expected = block("""
          ┌─ a.ift:1:16
          │
         1│     name = "日本" + oops
          │                     ^^^^ here
          │
        """)

    assert expected == snippet(render([simple(source, start, start + 4, "here")]))


def test_the_end_of_the_file_can_be_marked():
    source = Source("a.ift", "a =\n")
    expected = block("""
          ┌─ a.ift:2:1
          │
         2│
          │ ^ a value
          │
        """)

    assert expected == snippet(render([simple(source, 4, 4, "a value")]))


def test_a_long_line_is_cut_around_its_mark():
    source = Source("a.ift", "x" * 400 + "MARK" + "y" * 400)
    shown = render([simple(source, 400, 404)]).split("\n")

    assert shown[3].startswith(" 1│ …xxx") and shown[3].endswith("yyy…")
    assert len(shown[3]) <= 120
    assert shown[3].index("MARK") == shown[4].index("^^^^")


def test_the_gutter_is_as_wide_as_the_largest_line_number():
    source = Source("a.ift", "\n" * 1233 + "oops\n")
    expected = block("""
            ┌─ a.ift:1234:1
            │
        1234│ oops
            │ ^^^^
            │
        """)

    assert expected == snippet(render([simple(source, 1233, 1237)]))


def test_without_a_place_there_is_no_snippet():
    expected = "error[IFT004]: no room\n  = help: make some\n  = more: ift explain IFT004\n"

    assert expected == render([Diagnostic("IFT004", "error", "no room", help="make some")])


def test_control_and_direction_characters_are_spelt_out():
    source = Source("a\x1b.ift", "a = \x1b]0;owned\x07\u202e\n")
    shown = render([simple(source, 0, 1, "\x1b[2J")])

    assert "␛]0;owned␇\\u{202e}" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_colour_changes_nothing_but_colour():
    coloured = render([unknown_column()], colour=True)

    assert "\x1b[1;31merror[IFT403]" in coloured
    assert render([unknown_column()]) == re.sub(r"\x1b\[[\d;]*m", "", coloured)


TEXTS = st.text(st.sampled_from('ab \t\n日é\u0301\x1b\u202e"{}#'), max_size=300)


@given(TEXTS, st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_any_text_and_any_range_can_be_shown(text, start, length, other):
    source = Source("a.ift", text)
    start = min(start, len(text))
    span = Span(start, min(start + length, len(text)))
    label = Label(Place(source, Span(min(other, len(text)), len(text))), "label")
    diagnostic = Diagnostic("IFT101", "error", "m", Place(source, span), "l", (label,))

    shown = render([diagnostic])

    position = source.position(start)
    assert f"┌─ a.ift:{position.line}:{position.column}\n" in shown
    assert "\x1b" not in shown
    assert (text == "") or ("^" in shown and "-" in shown)


@given(st.text(st.sampled_from("ab \t日"), min_size=1, max_size=400), st.integers(0, 399))
def test_the_mark_begins_where_its_character_is_shown(text, at):
    at = min(at, len(text) - 1)
    marked = text[:at] + "X" + text[at:]
    source = Source("a.ift", marked)
    lines = render([simple(source, at, at + 1, "here")]).split("\n")

    def width(shown: str) -> int:
        return sum(2 if east_asian_width(c) == "W" else 1 for c in shown)

    assert width(lines[3][: lines[3].index("X")]) == lines[4].index("^")
