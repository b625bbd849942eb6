"""How examples are put together from a base and what a page changes in it."""

from __future__ import annotations

import pytest

from recipe_lang.check import check
from recipe_lang.diagnostics.examples import BASES, base, changed, differing, fenced, needed, patched
from recipe_lang.source import Source
from recipe_lang.syntax import parse
from recipe_lang.syntax.formatter import format_file

RECIPE = """\
model small {
  source = path("small")
}

dataset visits {
  source = csv("visits.csv")
}
"""


def test_lines_are_sought_downwards_and_what_stands_between_them_stays():
    made = patched(
        RECIPE, ' dataset visits {\n-  source = csv("visits.csv")\n+  source = hub("org/visits")\n+  limit = 9\n'
    )

    assert made == RECIPE.replace('csv("visits.csv")', 'hub("org/visits")\n  limit = 9')


def test_lines_before_the_first_one_stand_at_the_top_and_lines_after_the_last_one_below_it():
    assert patched("a\nb\n", "+top\n b\n+end\n") == "top\na\nb\nend\n"


@pytest.mark.parametrize("diff", ["-c\n", " b\n a\n", "a\n", "\n"])
def test_a_line_that_is_not_there_is_refused(diff):
    with pytest.raises(ValueError, match="has no line"):
        patched("a\nb\n", diff)


def test_an_example_starts_from_files_adds_some_and_replaces_or_changes_others():
    start = changed((), f"```ift\n{RECIPE}```\n\n```csv visits.csv\nnote\nold\n```\n")
    section = (
        "```diff\n-model small {\n+model other {\n```\n\n```csv visits.csv\nnote\n```\n\n```console\nift check .\n```\n"
    )

    files = {file.name: file.text for file in changed(start, section)}

    assert files == {
        "recipe.ift": RECIPE.replace("small {", "other {"),
        "visits.csv": "note\n",
        "recipe.console": "ift check .\n",
    }


def test_what_is_not_there_cannot_be_changed_and_no_base_is_made_up():
    with pytest.raises(ValueError, match=r"no `recipe\.ift` to change"):
        changed((), "```diff\n-a\n```\n")
    with pytest.raises(ValueError, match="no base `nonsense`"):
        base("nonsense")


def test_data_of_the_base_that_no_recipe_names_is_left_out():
    start = base("notes")
    other = changed(start, '```diff\n-  source = csv("visits.csv")\n+  source = csv("calls.csv")\n```\n')

    assert needed(start, start) == start
    assert [file.name for file in needed(other, start)] == ["recipe.ift"]


def test_files_written_as_blocks_are_read_as_the_same_files():
    assert changed((), fenced(base("notes"))) == base("notes")


def test_the_lines_in_which_two_examples_differ():
    before = changed((), "```ift\na = 1\nb = 1\n```\n")
    after = changed(before, "```diff\n-b = 1\n+b = 2\n+c = 3\n```\n\n```csv rows.csv\nx\n```\n")

    assert differing(before, after) == ({("recipe.ift", 1)}, {("recipe.ift", 1), ("recipe.ift", 2), ("rows.csv", 0)})


@pytest.mark.parametrize("name", sorted(path.name for path in BASES.iterdir()))
def test_a_base_is_a_clean_recipe_in_canonical_layout(name):
    folder = BASES / name
    recipe, *_ = base(name)

    assert check(folder / recipe.name, cwd=folder).diagnostics == []
    assert format_file(parse(Source(recipe.name, recipe.text))[0]) == recipe.text
