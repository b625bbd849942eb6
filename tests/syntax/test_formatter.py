from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from recipe_lang.source import Source
from recipe_lang.syntax import formatter, parse
from recipe_lang.syntax.formatter import format_file
from tests.strategies import recipes, stored
from tests.syntax.proofs import parsed, prove


def recipes_of_the_repository(repository):
    texts = {path.name: path.read_bytes().decode() for path in sorted((repository / "recipes").rglob("*.ift"))}
    for page in sorted((repository / "tests" / "spec").glob("*.md")):
        fences = re.findall(r"^```ift[^\n]*\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        texts |= {f"{page.name} {at}": text for at, text in enumerate(fences)}
    return {name: text for name, text in texts.items() if not parse(Source(name, text))[1]}


def test_every_recipe_of_the_repository_passes_the_proofs(repository):
    texts = recipes_of_the_repository(repository)

    assert "quickstart.ift" in texts
    for text in texts.values():
        prove(text)


@pytest.mark.parametrize("width", [1, 40, 88])
def test_the_proofs_hold_at_every_width(repository, monkeypatch, width):
    monkeypatch.setattr(formatter, "WIDTH", width)
    for text in recipes_of_the_repository(repository).values():
        prove(text)


@given(stored())
@settings(max_examples=70, deadline=None)
def test_generated_recipes_pass_the_proofs(source):
    prove(source)


@given(recipes())
@settings(max_examples=20, deadline=None)
def test_line_ends_and_byte_order_mark_change_nothing(text):
    expected = format_file(parsed(text))

    for raw in (text.replace("\n", "\r\n"), "\ufeff" + text, "\ufeff" + text.replace("\n", "\r\n")):
        assert expected == format_file(parsed(Source.from_file_text("recipe.ift", raw)))


@given(recipes())
@settings(max_examples=20, deadline=None)
def test_the_last_line_ends_and_no_line_of_code_ends_in_blanks(text):
    canonical = format_file(parsed(text))

    assert canonical == "" or canonical.endswith("\n")
    if '"""' not in canonical:
        assert not re.search(r"[ \t]$|\n\n\n", canonical, re.MULTILINE)


def test_a_file_with_mistakes_is_refused():
    file, _ = parse(Source("recipe.ift", "a = \nb"))

    with pytest.raises(ValueError, match="no canonical layout"):
        format_file(file)


def test_a_whole_file():
    loose = """

# Head.
import  "std/x.ift"  as x#beside

rank=8
long_name   =  "a"
model smollm{ # opening
# own
source=path( "x" ,)
chat=auto



columns {a=text,b = int( 1 .. 5 )}
split {
train = 80%
# why
validation = 20%, a.much.longer.path = 3   rows }
  empty {

  }
}
t { prompt = \"\"\"
\tIndented.

\t  More.
\t\"\"\"
completion = "b"
# last


}"""
    expected = """\
# Head.
import "std/x.ift" as x  #beside

rank      = 8
long_name = "a"

model smollm {  # opening
  # own
  source = path("x")
  chat   = auto

  columns { a = text, b = int(1..5) }
  split {
    train              = 80%
    # why
    validation         = 20%
    a.much.longer.path = 3 rows
  }
  empty {}
}

t {
  prompt = \"\"\"
    Indented.

      More.
    \"\"\"
  completion = "b"
  # last
}
"""

    assert expected == prove(loose)


def case(loose: str, canonical: str, id: str):
    return pytest.param(loose, canonical, id=id)


CASES = [
    case("", "", "an empty file"),
    case("\n\n", "", "empty lines only"),
    case("# a\n\n\n\n# b", "# a\n\n# b\n", "comments only, one empty line kept"),
    case("a=1\n\n\n\nb=2", "a = 1\n\nb = 2\n", "one empty line kept, which ends a run"),
    case("a = 1\nbcd = 2\nb {\n}\nef = 3", "a   = 1\nbcd = 2\nb {}\nef = 3\n", "a block ends a run"),
    case("m {\n  a = 1 }\nb = 2", "m {\n  a = 1\n}\n\nb = 2\n", "an empty line after a block"),
    case("b = 2\n# of m\nm {\n a = 1 }", "b = 2\n\n# of m\nm {\n  a = 1\n}\n", "and before one, above its comments"),
    case("m { a = 1, }", "m { a = 1 }\n", "a block on one line stays there"),
    case("m { a { b = 1 } }", "m {\n  a { b = 1 }\n}\n", "unless it holds another one"),
    case("m { # why\n}", "m {  # why\n}\n", "a comment in an empty block"),
    case("a = [ 1,2 , ]", "a = [1, 2]\n", "a short list"),
    case("a = [\n  1, # one\n]", "a = [\n  1,  # one\n]\n", "a comment breaks a list"),
    case("a = [ # why\n1]", "a = [  # why\n  1,\n]\n", "a comment beside an opening bracket"),
    case("a = f(\n# c\n)", "a = f(\n  # c\n)\n", "a comment in an empty call"),
    case("a = [b # c\n>= 1]", "a = [\n  # c\n  b >= 1,\n]\n", "a comment inside a comparison goes before it"),
    case("a = f(b # c\n= 1)", "a = f(\n  # c\n  b = 1,\n)\n", "a comment inside an argument goes before it"),
    case("a = b>=0.20", "a = b >= 0.20\n", "numbers stay as they are written"),
    case('a = "\\u{e9}"', 'a = "\\u{e9}"\n', "texts stay as they are written"),
    case("a = 1 # x\nbc = 2 # y", "a  = 1  # x\nbc = 2  # y\n", "comments in one column"),
    case('a = """\n"""', 'a = """\n  """\n', "an empty text block"),
    case('a = """\n\n"""', 'a = """\n\n  """\n', "a text block of one empty line"),
    case('a = """\n  \t\n"""', 'a = """\n    \t\n  """\n', "blanks that are text are kept"),
    case('a = """\n \tx\n \t\n \t"""', 'a = """\n  x\n\n  """\n', "tabs of the indentation are not"),
    case('a = ["""\nx\n""", 1]', 'a = [\n  """\n    x\n    """,\n  1,\n]\n', "a text block in a list"),
    case('a = f("""\nx\n""")>1', 'a = f(\n  """\n    x\n    """,\n) > 1\n', "a text block in a comparison"),
]


@pytest.mark.parametrize(("loose", "canonical"), CASES)
def test_layout(loose, canonical):
    assert canonical == prove(loose)


def test_a_comment_beside_a_long_line_keeps_two_spaces_and_takes_its_neighbours_along():
    long = "a = " + '"' + "x" * 60 + '"'

    expected = f"{long}  # one\nb = 1{' ' * (len(long) - 3)}# two\n"

    assert expected == prove(f"{long} # one\nb = 1 # two\n")


def test_a_comment_is_not_taken_far_to_the_right():
    long = "a = " + '"' + "x" * 80 + '"'

    assert f"{long}  # one\nb = 1  # two\n" == prove(f"{long} # one\nb = 1 # two\n")


def test_lists_and_calls_above_100_columns_are_broken():
    items = [f'"{letter * 30}"' for letter in "abc"]
    loose = f"m {{\n  a = f({', '.join(items)}, b = [1, 2])\n}}"

    assert prove(loose) == "m {\n  a = f(\n" + "".join(f"    {item},\n" for item in items) + "    b = [1, 2],\n  )\n}\n"


def test_a_list_of_exactly_100_columns_is_not():
    flat = f'a = ["{"x" * 92}"]'

    assert len(flat) == 100
    assert f"{flat}\n" == prove(flat)
    assert prove(flat.replace("x", "xx", 1)).count("\n") == 3
