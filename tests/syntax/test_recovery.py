"""One report a mistake, at its own place, and nothing around it is lost."""

from __future__ import annotations

import pytest

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.source import Source
from recipe_lang.syntax import parse
from recipe_lang.syntax.tree import Block, Body, Broken, Import, Setting


def reports(text: str) -> list[str]:
    """What is found, as `code line:column caret text`."""
    source = Source("recipe.ift", text)
    return [told(diagnostic) for diagnostic in parse(source)[1]]


def told(diagnostic: Diagnostic) -> str:
    source, span = diagnostic.place.source, diagnostic.place.span
    position = source.position(span.start)
    return f"{diagnostic.code} {position.line}:{position.column} {source.slice(span)}".rstrip()


def outline(body: Body) -> str:
    """The tree in short: `a` for a setting, `?a` for one with a broken value, `kind name { … }` for a block."""
    parts = []
    for item in body.items:
        match item:
            case Setting():
                parts.append(f"{'?' if isinstance(item.value, Broken) else ''}{item.path.text}")
            case Block():
                words = [item.kind.text] + ([item.name.text] if item.name else [])
                parts.append(f"{'?' if item.broken else ''}{' '.join(words)} {{{outline(item.body)}}}")
            case Import():
                parts.append(f"import {item.alias.text}")
    return ", ".join(parts)


def case(text: str, expected: list[str], tree: str):
    return pytest.param(text, expected, tree, id=text.strip().replace("\n", " ")[:40])


VALUES = [
    case("a =\nb = 2", ["IFT111 1:3 ="], "?a, b"),
    case("a = # later\nb = 2", ["IFT111 1:3 ="], "?a, b"),
    case("t { a = }\nb = 2", ["IFT111 1:7 ="], "t {?a}, b"),
    case("a 17\nb = 2", ["IFT132 1:3 17"], "a, b"),
    case("a: 17", ["IFT132 1:2 :"], "a"),
    case("a := 17", ["IFT132 1:3 :="], "a"),
    case("a == 17", ["IFT132 1:3 =="], "a"),
    case("a = = 17\nb = 2", ["IFT132 1:3 = ="], "a, b"),
    case("a => 17", ["IFT132 1:3 =>"], "a"),
    case('source csv("x")\nb = 2', ["IFT132 1:8 csv"], "source, b"),
    case("a = b = 3\nc = 2", ["IFT112 1:7 ="], "?a, c"),
    case('a = "x" "y"\nb = 2', ['IFT112 1:9 "y"'], "?a, b"),
    case('a = csv "x"\nb = 2', ['IFT112 1:9 "x"'], "?a, b"),
    case("a = lora { rank = 3 }\nb = 2", ["IFT112 1:10 {"], "?a, b"),
    case("a = (1)\nb = 2", ["IFT112 1:5 ("], "?a, b"),
    case("a = 2 * rank\nb = 2", ["IFT126 1:7 *"], "?a, b"),
    case("a = ${rank}\nb = 2", ["IFT126 1:5 $"], "?a, b"),
    case("a = b.\nc = 2", ["IFT112 1:7"], "?a, c"),
    case("a = 1..\nc = 2", ["IFT111 1:6 .."], "?a, c"),
    case("a = for\nb = 2", ["IFT128 1:5 for"], "a, b"),
    case("a = [b >= , c]\nd = 2", ["IFT133 1:11 ,"], "?a, d"),
    case("a = [0.5 <= b]\nd = 2", ["IFT133 1:10 <="], "?a, d"),
    case("a = b < c\nd = 2", ["IFT133 1:9 c"], "?a, d"),
    case("a = [b = 3, c]\nd = 2", ["IFT112 1:8 ="], "?a, d"),
    case("a = [b == 3]\nd = 2", ["IFT133 1:8 =="], "a, d"),
    case("a = [b => 3, c]\nd = 2", ["IFT133 1:8 =>"], "a, d"),
    case("a = [b > = 3]\nd = 2", ["IFT133 1:8 > ="], "a, d"),
    case("a = [b =< 3]\nd = 2", ["IFT133 1:8 =<"], "a, d"),
    case("a = b == 3\nd = 2", ["IFT133 1:7 =="], "a, d"),
    case("a = [b == c]\nd = 2", ["IFT112 1:8 ="], "?a, d"),
    case('a = "b "c" d"\nd = 2', ["IFT112 1:9 c"], "?a, d"),
    case("a = “b”\nd = 2", ["IFT126 1:5 “"], "?a, d"),
    case("a = f(b/c.d)\nd = 2", ["IFT126 1:8 /"], "?a, d"),
]

BRACKETS = [
    case("a = [1, ,2]\nb = 2", ["IFT111 1:9 ,"], "a, b"),
    case("a = f(b = , c = 3)\nb = 2", ["IFT111 1:9 ="], "a, b"),
    case("a = f(b = )\nb = 2", ["IFT111 1:9 ="], "a, b"),
    case("a = f(rank 8)\nb = 2", ["IFT132 1:12 8"], "a, b"),
    case("a = f(rank: 8)\nb = 2", ["IFT132 1:11 :"], "a, b"),
    case('a = f("x" = 3)\nb = 2', ["IFT112 1:11 ="], "?a, b"),
    case("a = [b = 3]\nb = 2", ["IFT112 1:8 ="], "?a, b"),
    case('a = [\n  "A"\n  "B",\n]\nb = 2', ['IFT117 3:3 "B"'], "a, b"),
    case("a = [\n  1\n  2,\n  3\n  rows,\n]\nb = 2", ["IFT117 3:3 2", "IFT117 5:3 rows"], "a, b"),
    case("a = [1, 2)\nb = 2", ["IFT115 1:10 )"], "a, b"),
    case("a = f([1, 2)\nb = 2", ["IFT116 1:7 ["], "a, b"),
    case("a = [1, 2\nt {\n  b = 1\n}", ["IFT116 1:5 ["], "a, t {b}"),
    case("t {\n  a = [1, 2\n  b = [3]\n}\nc = 2", ["IFT116 2:7 ["], "t {a, b}, c"),
    case('t {\n  a = f(\n    "x",\n    y = 1\n  b = 2\n}\nc = 2', ["IFT116 2:8 ("], "t {a, b}, c"),
    case("a = [1, 2", ["IFT116 1:5 ["], "a"),
    case("a = [f(1, [2, 3\nb = 2", ["IFT116 1:11 ["], "a, b"),
    case("a = [1, =\nb = 2", ["IFT116 1:5 ["], "?a, b"),
    case("a = 2]\nb = 2", ["IFT115 1:6 ]"], "a, b"),
    case(")\nb = 2", ["IFT115 1:1 )"], "b"),
    case("a = [{ b = 3 }]\nc = 2", ["IFT134 1:6 {"], "?a, c"),
]

ITEMS = [
    case("a\nb = 2", ["IFT113 1:1 a"], "?a, b"),
    case("t { a }\nb = 2", ["IFT113 1:5 a"], "t {}, b"),
    case("a.b\nc = 2", ["IFT113 1:1 a.b"], "?a.b, c"),
    case("sampling equal\nb = 2", ["IFT113 1:1 sampling equal"], "?sampling equal {}, b"),
    case('"a" = 1\nb = 2', ['IFT110 1:1 "a"'], "b"),
    case("8 = a\nb = 2", ["IFT110 1:1 8"], "b"),
    case("= 3\nb = 2", ["IFT110 1:1 ="], "b"),
    case("{ a = 1 }\nb = 2", ["IFT110 1:1 {"], "b"),
    case("a = 1 b = 2\nc = 3", ["IFT135 1:7 b"], "?a, b, c"),
    case("a = x b = 2\nc = 3", ["IFT135 1:7 b"], "a, b, c"),
    case("m { a = 1 } n { b = 2 }", ["IFT135 1:13 n"], "m {a}, n {b}"),
    case("m { a = 1 } b", ["IFT112 1:13 b"], "m {a}"),
    case("a = 1, b = 2", ["IFT112 1:6 ,"], "a, b"),
    case("learning rate = 5\nb = 2", ["IFT127 1:1 learning rate"], "?learning rate {}, b"),
    case("for = 3\nb = 2", ["IFT128 1:1 for"], "for, b"),
    case("none { a = 1 }\nb = 2", ["IFT128 1:1 none"], "none {a}, b"),
    case("größe = 3\nb = 2", ["IFT127 1:1 größe"], "größe, b"),
    case("a-b = 3\nc = 2", ["IFT127 1:1 a-b"], "a_b, c"),
    case("a-2 = 3\nc = 2", ["IFT127 1:1 a-2"], "a_2, c"),
    case("a = 3;\nb = 2", ["IFT126 1:6 ;"], "a, b"),
    case("a = 3 // why\nb = 2", ["IFT126 1:7 //"], "a, b"),
    case("// why\nb = 2", ["IFT126 1:1 //"], "b"),
    case("a\u00a0= 3\nb = 2", ["IFT126 1:2"], "?a, b"),
]

BLOCKS = [
    case('dataset "visits" {\n  a = 1\n}\nb = 2', ['IFT119 1:9 "visits"'], "dataset visits {a}, b"),
    case('dataset "my visits" {\n  a = 1\n}\nb = 2', ['IFT119 1:9 "my visits"'], "?dataset {a}, b"),
    case("dataset 3 {\n  a = 1\n}\nb = 2", ["IFT119 1:9 3"], "?dataset {a}, b"),
    case("dataset my-visits {\n  a = 1\n}", ["IFT127 1:9 my-visits"], "dataset my_visits {a}"),
    case("template t of d {\n  a = 1\n}\nb = 2", ["IFT119 1:12 of"], "?template t {a}, b"),
    case("template t for {\n  a = 1\n}\nb = 2", ["IFT119 1:16 {"], "?template t {a}, b"),
    case("a.b {\n  c = 1\n}\nb = 2", ["IFT119 1:1 a.b"], "?a.b, b"),
    case("dataset d\n{\n  a = 1\n}\nb = 2", ["IFT119 2:1 {"], "dataset d {a}, b"),
    case("dataset d\n  a = 1\n}\nb = 2", ["IFT119 1:9 d"], "dataset d {a}, b"),
    case("limit = {\n  a = 1\n}\nb = 2", ["IFT134 1:7 ="], "?limit {a}, b"),
    case("dataset d = {\n  a = 1\n}\nb = 2", ["IFT134 1:11 ="], "dataset d {a}, b"),
    case("m {\n  a = 1\nn {\n  b = 1\n}", ["IFT114 1:3 {"], "m {a}, n {b}"),
    case("m {\n  n {\n    a = 1\n  b = 2\n}\nc = 3", ["IFT114 2:5 {"], "m {n {a}, b}, c"),
    case("m {\n  n {\n    a = 1\n}\nc = 3", ["IFT114 2:5 {"], "m {n {a}}, c"),
    case("m {\n  a = 1", ["IFT114 1:3 {"], "m {a}"),
    case("m {\n  a = 1\n  }\n  b = 1\n}\nc = 2", ["IFT115 3:3 }"], "m {a, b}, c"),
    case("a = 1\n}\nb = 2", ["IFT115 2:1 }"], "a, b"),
    case('m {\n  import "x" as y\n}\nb = 2', ["IFT129 2:3 import"], "m {}, import y, b"),
]

IMPORTS = [
    case('import "x"\nb = 2', ['IFT130 1:8 "x"'], "b"),
    case("import x as y\nb = 2", ["IFT130 1:8 x"], "import y, b"),
    case('import "x" y\nb = 2', ["IFT130 1:12 y"], "import y, b"),
    case('import "x" as\nb = 2', ["IFT130 1:12 as"], "b"),
    case("import 'x' as y\nb = 2", ["IFT131 1:8 'x'"], "import y, b"),
    case("import\nb = 2", ["IFT130 1:1 import"], "b"),
]

TEXTS = [
    case('a = "x\nb = 2', ['IFT120 1:5 "x'], "?a, b"),
    case('a = csv("x\nb = 2', ['IFT120 1:9 "x'], "?a, b"),
    case('a = [\n  "x,\n  "y",\n]\nb = 2', ['IFT120 2:3 "x,'], "?a, b"),
    case("a = 'x'\nb = 2", ["IFT131 1:5 'x'"], "a, b"),
    case("a = 'x\nb = 2", ["IFT120 1:5 'x"], "?a, b"),
    case(
        'a = """\n  x\nb = 2\nt {\n  c = """\n    y\n    """\n}',
        ['IFT124 1:5 """'],
        "?a, b, t {c}",
    ),
    case('t {\n  a = """\n    x\n}\nb = 2', ['IFT124 2:7 """'], "t {?a}, b"),
    case('a = """\nx', ['IFT124 1:5 """'], "?a"),
    case("a = 5epochs\nb = 2", ["IFT125 1:5 5epochs"], "?a, b"),
    case("a = .5\nb = 2", ["IFT125 1:5 .5"], "?a, b"),
    case("a = 5.\nb = 2", ["IFT125 1:5 5."], "?a, b"),
    case("a = 1__0\nb = 2", ["IFT125 1:5 1__0"], "?a, b"),
    case("a = 1e999\nb = 2", ["IFT125 1:5 1e999"], "?a, b"),
    case("a = 1e-999\nb = 2", ["IFT125 1:5 1e-999"], "?a, b"),
    case("a = 80 %\nb = 2", ["IFT126 1:8 %"], "?a, b"),
]


@pytest.mark.parametrize(("text", "expected", "tree"), [*VALUES, *BRACKETS, *ITEMS, *BLOCKS, *IMPORTS, *TEXTS])
def test_a_mistake_is_reported_once_and_hides_nothing(text, expected, tree):
    file, _ = parse(Source("recipe.ift", text))

    assert reports(text) == expected
    assert outline(file.body) == tree


@pytest.mark.parametrize(("between", "reports"), [("\n two ", 1), ("\n {{ c }} ", 1), ("\n}\n two ", 2), ("\nc = ", 2)])
def test_a_text_over_several_lines_is_one_mistake_where_no_item_begins_or_ends_on_them(between, reports):
    found = parse(Source("recipe.ift", f'a {{\n  b = "one{between}"\n}}\n'))[1]

    assert [diagnostic.code for diagnostic in found][:reports] == ["IFT120"] * reports


def test_mistakes_are_reported_in_the_order_of_the_file():
    text = 'a = \nb = [1, 2\nt {\n  c = "x\n  d 5\n}\nu {\n'

    assert [report.split()[0] for report in reports(text)] == ["IFT111", "IFT116", "IFT120", "IFT132", "IFT114"]


def test_a_body_that_lost_an_item_is_not_complete():
    file, _ = parse(Source("recipe.ift", "t {\n  = 3\n}\nu { a = 1 }"))

    broken, whole = file.body.items
    assert not broken.body.complete
    assert whole.body.complete


def test_no_message_names_a_terminal_of_the_grammar():
    texts = [parameters.values[0] for parameters in [*VALUES, *BRACKETS, *ITEMS, *BLOCKS, *IMPORTS, *TEXTS]]
    for text in texts:
        for diagnostic in parse(Source("recipe.ift", text))[1]:
            said = f"{diagnostic.message} {diagnostic.help} {diagnostic.label}".replace("U+00A0", "")
            assert not any(word.isupper() and len(word) > 2 for word in said.split()), said


def fixable() -> list[str]:
    texts = [parameters.values[0] for parameters in [*VALUES, *BRACKETS, *ITEMS, *BLOCKS, *IMPORTS, *TEXTS]]
    return [text for text in texts if any(d.fix and d.fix.safe for d in parse(Source("recipe.ift", text))[1])]


@pytest.mark.parametrize("text", fixable())
def test_a_safe_fix_cures_its_mistake(text):
    found = parse(Source("recipe.ift", text))[1]
    for diagnostic in reversed(found):
        for edit in reversed(diagnostic.fix.edits):
            text = text[: edit.place.span.start] + edit.text + text[edit.place.span.end :]

    assert reports(text) == []


def test_after_fifty_mistakes_the_last_report_says_that_there_are_more():
    found = parse(Source("recipe.ift", "a =\n" * 60))[1]

    assert len(found) == 50
    assert "the others are shown" in found[-1].help
    assert found[-2].help is None


@pytest.mark.parametrize(
    ("text", "mended", "safe"),
    [
        ("a = [b == 3]", "a = [b >= 3]", False),
        ("a = [b => 3]", "a = [b >= 3]", True),
        ("a = [b > = 3]", "a = [b >= 3]", True),
        ("a = “b c”", 'a = "b c"', True),
        ("a = csv(data/b.csv)", 'a = csv("data/b.csv")', True),
    ],
)
def test_signs_that_other_languages_write_have_a_fix(text, mended, safe):
    (diagnostic,) = parse(Source("recipe.ift", text))[1]

    for edit in reversed(diagnostic.fix.edits):
        text = text[: edit.place.span.start] + edit.text + text[edit.place.span.end :]
    assert (text, diagnostic.fix.safe) == (mended, safe)


@pytest.mark.parametrize(
    ("rest", "name"), [("", "tasks"), ("a = mine.b\nc = [mine.d]", "mine"), ("t e {}\nf = e.g\nh = mine.b", "mine")]
)
def test_an_import_without_a_name_gets_the_one_that_its_uses_have(rest, name):
    file, (diagnostic,) = parse(Source("recipe.ift", f'import "lib/tasks.ift"\n{rest}'))

    assert diagnostic.code == "IFT130"
    assert diagnostic.help == f'write `import "lib/tasks.ift" as {name}`'
    assert outline(file.body).startswith("import mine") == (name == "mine")
