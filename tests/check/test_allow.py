"""`# allow CODE: reason` accepts a problem where it stands."""

from __future__ import annotations

import pytest

from recipe_lang.source import Source
from recipe_lang.syntax import parse
from recipe_lang.syntax.formatter import format_file
from tests.check.written import checked, said

RECIPE = """
recipe r {{ seed = 1 }}
{above}
rank = 8 {beside}
"""


def found(folder, above="", beside=""):
    return said(checked(folder, RECIPE.format(above=above, beside=beside)))


def test_without_it_the_problem_is_reported(tmp_path):
    assert found(tmp_path) == [("IFT231", "rank")]


def test_on_the_line(tmp_path):
    assert found(tmp_path, beside="# allow IFT231: set by the launcher") == []


def test_alone_on_the_line_above(tmp_path):
    assert found(tmp_path, above="# allow IFT231: set by the launcher") == []


def test_beside_another_line_it_does_not_speak_of_the_next(tmp_path):
    comment = "# allow IFT231: set by the launcher"

    assert found(tmp_path, above=f"size = 5 {comment}") == [("IFT231", "rank")]


def test_a_reason_is_wanted(tmp_path):
    for comment in ("# allow IFT231", "# allow IFT231:", "# allow IFT231:  "):
        assert found(tmp_path, beside=comment) == [("IFT350", comment)]


def test_nothing_to_accept(tmp_path):
    comment = "# allow IFT230: not here"

    assert found(tmp_path, beside=comment) == [("IFT231", "rank"), ("IFT351", comment)]


def test_what_only_the_data_shows_may_still_come(tmp_path):
    from recipe_lang.diagnostics import registry

    later = next(page.code for page in registry.pages() if page.stage in ("data", "run"))

    assert found(tmp_path, beside=f"# allow {later}: known") == [("IFT231", "rank")]


def test_an_error_stays_unless_its_page_permits(tmp_path):
    result = checked(tmp_path, "recipe r {\n  sed = 1 # allow IFT310: I like it\n}\n")

    assert said(result) == [("IFT310", "sed")]
    assert [label.message for label in result.diagnostics[0].related] == ["IFT310 cannot be accepted"]


def test_syntax_is_never_accepted(tmp_path):
    assert [code for code, _ in said(checked(tmp_path, "rank = # allow IFT111: why not\n"))] == ["IFT111"]


def test_a_library_answers_for_itself(tmp_path):
    """Its other blocks are not read here: what their comments accept cannot be seen."""
    library = 'dataset d { source = hub("a/b") }\n# allow IFT230: nothing is unused in a library\nrank = 8\n'
    recipe = 'import "lib.ift" as lib\ntemplate t for lib.d { prompt = "a", completion = "b" }\n'

    assert said(checked(tmp_path, recipe, lib=library)) == []
    assert [code for code, _ in said(checked(tmp_path, library))] == ["IFT351"]


LONG = """
dataset d {
  ABOVE
  source = jsonl(["a.jsonl", "a_name_that_takes_its_place_on_the_line.jsonl", "b.jsonl", "missing.jsonl"]) BESIDE
  columns { a = text }
}
"""


@pytest.mark.parametrize("place", ["ABOVE", "BESIDE"])
def test_the_formatter_leaves_what_is_accepted(tmp_path, place):
    text = LONG.replace(place, "# allow IFT505: fetched by the nightly job").replace("BESIDE", "").replace("ABOVE", "")

    assert said(checked(tmp_path, text)) == []
    formatted = format_file(parse(Source("x.ift", text))[0])
    assert "jsonl(\n" in formatted
    assert said(checked(tmp_path, formatted)) == []


def test_behind_a_block_it_speaks_of_the_block(tmp_path):
    text = 'recipe r {\n  seed = 1\n}\ndataset d {\n  source = jsonl("missing.jsonl")\n} # allow IFT505: fetched\n'

    assert [code for code, _ in said(checked(tmp_path, text)) if code in ("IFT505", "IFT351")] == []
