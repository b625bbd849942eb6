from __future__ import annotations

import pytest
from hypothesis import given, settings

from recipe_lang.source import Source
from recipe_lang.syntax import parse, parse_value
from recipe_lang.syntax.tree import (
    Argument,
    Block,
    Body,
    BoolValue,
    Call,
    Comparison,
    Import,
    ListValue,
    NoneValue,
    Path,
    PercentValue,
    Quantity,
    RangeValue,
    Setting,
    TextValue,
)
from tests.strategies import recipes
from tests.syntax.proofs import parsed


def value_of(text: str):
    value, found = parse_value(Source("--set", text))
    assert found == []
    return value


def test_items_of_a_file_in_order():
    file = parsed('import "std/x.ift" as x\nrank = 8\nmodel m {}\ntemplate t for x.d { a = 1, b { } }')

    shape = [(type(item), file.source.slice(item.span)) for item in file.body.items]
    assert shape == [
        (Import, 'import "std/x.ift" as x'),
        (Setting, "rank = 8"),
        (Block, "model m {}"),
        (Block, "template t for x.d { a = 1, b { } }"),
    ]


def test_the_parts_of_a_block():
    (block,) = parsed("template brief for std.visits {\n  a = 1\n  b {}\n}").body.items

    assert (block.kind.text, block.name.text, block.target.text) == ("template", "brief", "std.visits")
    assert [setting.path.text for setting in block.body.settings] == ["a"]
    assert [inner.kind.text for inner in block.body.blocks] == ["b"]
    assert block.body.complete


def test_a_block_needs_neither_name_nor_target():
    (block,) = parsed("train { }").body.items

    assert (block.name, block.target) == (None, None)
    assert (block.header.start, block.header.end) == (0, 5)
    assert (block.body.span.start, block.body.span.end) == (6, 9)


def test_the_body_of_a_file_spans_its_text():
    text = "\n\na = 1\n\n"

    assert parsed(text).body.span.end == len(text)


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("17", 17, None),
        ("3_000 examples", 3000, "examples"),
        ("0.5", 0.5, None),
        ("5e-4", 5e-4, None),
        ("-2", -2, None),
        ("1.0", 1.0, None),
        ("1E3", 1000.0, None),
        ("007", 7, None),
    ],
)
def test_quantities(text, number, unit):
    value = value_of(text)

    assert isinstance(value, Quantity)
    assert (value.number, type(value.number)) == (number, type(number))
    assert (value.unit.text if value.unit else None) == unit
    assert value.text == text.split()[0]


def test_percentages_are_rounded_once():
    value = value_of("33.3%")

    assert isinstance(value, PercentValue)
    assert (value.number, value.share, value.text) == (33.3, 0.333, "33.3")


def test_ranges():
    value = value_of("-1..5")

    assert isinstance(value, RangeValue)
    assert (value.low, value.high, value.texts) == (-1, 5, ("-1", "5"))


@pytest.mark.parametrize(("text", "truth"), [("true", True), ("false", False)])
def test_truth_values(text, truth):
    value = value_of(text)

    assert isinstance(value, BoolValue)
    assert value.value is truth


def test_none():
    assert isinstance(value_of("none"), NoneValue)


def test_a_bare_name_is_a_path_of_one_part():
    value = value_of("brief")

    assert isinstance(value, Path)
    assert [part.text for part in value.parts] == ["brief"]


def test_paths():
    value = value_of("source.test")

    assert isinstance(value, Path)
    assert value.text == "source.test"
    assert [(part.text, part.span.start) for part in value.parts] == [("source", 0), ("test", 7)]


def test_calls():
    value = value_of('a.f("x", rank = 8, inner = g(),)')

    assert isinstance(value, Call)
    assert value.path.text == "a.f"
    assert [argument.name.text if argument.name else None for argument in value.arguments] == [None, "rank", "inner"]
    assert all(isinstance(argument, Argument) for argument in value.arguments)
    assert isinstance(value.arguments[2].value, Call)


def test_lists():
    value = value_of("[a,\n  [1, 2,], # why\n\n  b >= 1]")

    assert isinstance(value, ListValue)
    assert [type(item) for item in value.items] == [Path, ListValue, Comparison]


@pytest.mark.parametrize("operator", [">=", "<=", ">", "<"])
def test_comparisons(operator):
    value = value_of(f"task.rouge1.gain {operator} 5%")

    assert isinstance(value, Comparison)
    assert (value.left.text, value.operator) == ("task.rouge1.gain", operator)
    assert isinstance(value.right, PercentValue)


def test_comparisons_of_calls():
    value = value_of('bleu(tokenize = "13a") > 0.3')

    assert isinstance(value, Comparison)
    assert isinstance(value.left, Call)
    assert isinstance(value.right, Quantity)


def test_texts():
    value = value_of('"a"')

    assert isinstance(value, TextValue)
    assert (value.text, value.block) == ("a", False)


def test_a_value_may_stand_between_line_ends():
    assert isinstance(value_of("\n  [1,\n2]\n"), ListValue)


@pytest.mark.parametrize("text", ["", "  ", "a b", "a = 1", "[1", "1 2", "{", '"x', "# note", "1,"])
def test_what_is_no_value(text):
    value, found = parse_value(Source("--set", text))

    assert value is None
    assert len(found) == 1


def test_a_value_that_could_be_mended_is_reported_once():
    value, found = parse_value(Source("--set", "'text'"))

    assert value.text == "text"
    assert [diagnostic.code for diagnostic in found] == ["IFT131"]


@pytest.mark.parametrize(
    ("single", "mended"),
    [
        (r"'a?\n{{ b }}'", r'"a?\n{{ b }}"'),
        ("'say \"hi\"'", r'"say \"hi\""'),
        (r"'say \"hi\"'", r'"say \"hi\""'),
        ("'a\\'", r'"a\\"'),
    ],
)
def test_a_text_in_single_quotes_changes_its_quotes_alone(single, mended):
    value, (found,) = parse_value(Source("--set", single))

    assert [edit.text for edit in found.fix.edits] == [mended]
    if single != "'a\\'":
        assert value.text == parse_value(Source("--set", mended))[0].text


def test_commas_separate_settings_inside_braces():
    (block,) = parsed("t { a = 1,, b = 2,\n c = 3, }").body.items

    assert [setting.path.text for setting in block.body.settings] == ["a", "b", "c"]


def test_every_comment_is_kept_in_order():
    file = parsed("# one\na = [1, # two\n 2] # three\nt { # four\n # five\n}\n# six")

    assert [comment.text for comment in file.comments] == ["# one", "# two", "# three", "# four", "# five", "# six"]
    assert all(file.source.slice(comment.span) == comment.text for comment in file.comments)


def test_a_sign_of_a_comment_inside_a_text_is_text():
    file = parsed('a = "# no comment"\n')

    assert file.comments == ()


@given(recipes())
@settings(max_examples=30, deadline=None)
def test_spans_lie_inside_those_of_their_parents(text):
    def walk(body: Body) -> None:
        last = body.span.start
        for item in body.items:
            assert last <= item.span.start < item.span.end <= body.span.end
            last = item.span.end
            if isinstance(item, Setting):
                assert item.span == item.path.span | item.value.span
                assert text[item.value.span.start : item.value.span.end].strip() != ""
            if isinstance(item, Block):
                assert item.span.end == item.body.span.end
                walk(item.body)

    walk(parse(Source("recipe.ift", text))[0].body)
