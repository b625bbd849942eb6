"""Edits are made in the file as stored."""

from __future__ import annotations

import pytest

from recipe_lang.check import check
from recipe_lang.cli.fixes import apply, mended
from recipe_lang.diagnostics.model import Edit, Fix, Place
from recipe_lang.source import Source, Span
from tests.spec.test_spec import CASES, write

STORED = "\ufeffalpha = 1\r\nbeta = 2\r\n"
SOURCE = Source.from_file_text("a.ift", STORED)


def looking(path):
    """What is wrong with a text in a recipe's place."""
    return lambda text: check(path, cwd=path.parent, unsaved=text.encode()).diagnostics


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


def _lasting(found):
    return sum(not problem.passing for problem in found)


def test_fixes_leave_every_recipe_of_the_manual_better(tmp_path):
    tried = 0
    for number, (_, case) in enumerate(CASES):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / write(case, folder)[0]
        if case.recipe.language == "ift":
            look, stored = looking(path), path.read_text(encoding="utf-8")
            text, made = mended(stored, path, look)
            before, after = look(stored), look(text)
            tried += made
            assert made == 0 or _lasting(after) < _lasting(before), text
            assert sum(d.severity == "error" for d in after) <= sum(d.severity == "error" for d in before), text
    assert tried > 15


WHOLE = """
model m { source = hub("org/model") }
dataset d { source = csv("rows.csv"), columns { q = text, a = text } }
template t for d { prompt = "{{ q }}", completion = "{{ a }}" }
task k { templates = [t], metrics = [rouge1] }
recipe r { seed = 1 }
train {
  model = m
  data = k
  method = lora(rank = 8)
  duration = 1 epoch
  max_length = 64 tokens
  learning_rate = 1e-4
  gradient_checkpointing = true
}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("true\n}", "true\n  gradient_checkpointing_kwargs = true\n}"),
        ("\nmodel", 'include "std/commonsense.ift"\nmodel'),
        ("\nmodel", "from std.mmlu import all\nmodel"),
        ("64 tokens", "1q tokens"),
        ("rows.csv", "C:\\Users\\me\\new.csv"),
        ("rows.csv", "data\\mine\\train.csv"),
        ("{{ q }}", "${q} of"),
    ],
)
def test_what_no_fix_makes_better_is_left_as_it_is(tmp_path, old, new):
    path = tmp_path / "r.ift"
    text = WHOLE.replace(old, new)

    assert text != WHOLE
    assert mended(text, path, looking(path)) == (text, 0)


@pytest.mark.parametrize(
    ("kept", "right", "wrong"),
    [
        ("(rank = 8)", "(rank = 8, targets = all_linear)", '(rank = 8, targets = "all-linear")'),
        ("64 tokens", "1_000 tokens", "1k tokens"),
        ('"{{ q }}"', '"^\\\\d+ {{ q }}"', '"^\\d+ {{ q }}"'),
    ],
)
def test_a_fix_writes_what_was_meant(tmp_path, kept, right, wrong):
    path = tmp_path / "r.ift"
    text = WHOLE.replace(kept, right)

    assert mended(text.replace(right, wrong), path, looking(path)) == (text, 1)


def test_one_bad_fix_keeps_no_good_one_from_being_made(tmp_path):
    path = tmp_path / "r.ift"
    text = "a = 1k\ngood = 'x'\n" + 'include "std/x.ift"\n' + "other = 'y'\n"

    assert mended(text, path, looking(path))[0] == text.replace("1k", "1_000").replace("'", '"')
