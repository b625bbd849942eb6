"""Tables at any width: nothing is cut, and nothing is left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.diagnostics.render.visible import columns_of
from recipe_lang.tables import Table, text_of
from tests.diagnostics.examples import block

SCORES = Table(
    "Scores",
    ("task", "base", "tuned", "95% interval", "rows"),
    [("note_writing", "0.2900", "0.3100", "−0.0100 to +0.0500", "25"), ("summaries of visits", "–", "12.50", "–", "9")],
)


def test_where_there_is_room_columns_are_as_wide_as_their_texts():
    assert text_of(SCORES) == block("""
        Scores
        task                    base    tuned         95% interval   rows
        ─────────────────────────────────────────────────────────────────
        note_writing          0.2900   0.3100   −0.0100 to +0.0500     25
        summaries of visits        –    12.50                    –      9
        """)


def test_texts_wrap_between_words_first():
    assert text_of(SCORES, 60) == block("""
        Scores
        task             base    tuned         95% interval   rows
        ──────────────────────────────────────────────────────────
        note_writing   0.2900   0.3100   −0.0100 to +0.0500     25
        summaries of        –    12.50                    –      9
        visits
        """)


def test_then_the_last_columns_stand_beneath_their_row():
    assert text_of(SCORES, 34) == block("""
        Scores
        task             base    tuned
        ──────────────────────────────
        note_writing   0.2900   0.3100
          95% interval −0.0100 to +0.0500
          rows 25
        summaries of        –    12.50
        visits
          95% interval –   rows 9
        """)


def test_a_name_that_is_longer_than_a_line_goes_on_in_the_next_one():
    shown = text_of(Table("Runs", ("run", "loss"), [("a" * 30, "1.25")]), 20)

    assert shown.splitlines()[-3:] == ["a" * 20, "a" * 10, "  loss 1.25"]


def test_wide_characters_take_two_columns_and_control_characters_are_spelt_out():
    shown = text_of(Table("Runs", ("run", "loss"), [("模型", "1.25"), ("\x1b[2J", "2")]))

    assert shown.splitlines()[-2:] == ["模型   1.25", "␛[2J      2"]


cells = st.text("ab é模-.", max_size=12) | st.floats(-1e3, 1e3).map(lambda value: f"{value:+.4f}")


@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=4), st.integers(12, 60))
def test_every_word_of_every_cell_is_there_at_any_width(rows, width: int):
    shown = text_of(Table("T", ("one", "two", "three"), rows), width)

    wanted = {word for row in rows for cell in row for word in cell.split()}
    assert {word for word in wanted if columns_of(word) <= 10} <= set(shown.split())
