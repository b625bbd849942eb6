from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import nodes

from recipe_lang.jinja.positions import TooDeep, Unreadable, lex, parse

PIECES = [
    "{{",
    "}}",
    "{%",
    "%}",
    "{%-",
    "-%}",
    "{#",
    "#}",
    " ",
    "\n",
    "\r\n",
    "\r",
    "x",
    "if",
    "endif",
    "'a'",
    "[",
    "]",
]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join))


@given(TEXTS)
@settings(max_examples=300)
def test_tokens_are_the_text_with_nothing_between_but_white_space(text):
    at = 0
    try:
        for token in lex(text):
            assert text[at : token.start].strip() == ""
            assert text[token.start : token.end] == token.text
            at = token.end
    except Unreadable as error:
        assert 0 <= error.start <= error.end <= len(text)
    else:
        assert text[at:].strip() == ""


def ranges(text: str, kind: type[nodes.Node]) -> list[str]:
    parsed = parse(text)
    return [text[slice(*parsed.range(node))] for node in parsed.tree.find_all(kind)]


def names(text: str, kind: type[nodes.Node]) -> list[str]:
    parsed = parse(text)
    return [text[slice(*parsed.name_range(node))] for node in parsed.tree.find_all(kind)]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("a {{ x . y [ 0 ] }}", nodes.Getitem, ["x . y [ 0 ]"]),
        ("{{ f( a, b = g(1) ) }}", nodes.Call, ["f( a, b = g(1) )", "g(1)"]),
        ("{{ (a + (b * 2)) }}", nodes.Add, ["a + (b * 2)"]),
        ("{{ x | replace('a', (b)) | trim }}", nodes.Filter, ["x | replace('a', (b)) | trim", "x | replace('a', (b))"]),
        ("{{ x is not divisibleby(3) }}", nodes.Test, ["x is not divisibleby(3)"]),
        ("{{ a < b + 1 in [c] }}", nodes.Compare, ["a < b + 1 in [c]"]),
        ("{{ 'a' if x else {'k': [1]} }}", nodes.CondExpr, ["'a' if x else {'k': [1]}"]),
        ("  {%- if  x  -%} a {%- endif %}{{ y }}", nodes.Name, ["x", "y"]),
    ],
)
def test_an_expression_has_its_own_range(text, kind, expected):
    assert expected == ranges(text, kind)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("{{ x . field }}", nodes.Getattr, ["field"]),
        ("{{ x | trim | upper }}", nodes.Filter, ["upper", "trim"]),
        ("{{ x is not defined }}", nodes.Test, ["defined"]),
        ("{{ f(a, first = 1, second = (2)) }}", nodes.Keyword, ["first", "second"]),
        ("{% macro shout(x) %}{% endmacro %}", nodes.Macro, ["shout"]),
    ],
)
def test_a_node_knows_the_word_that_it_is_about(text, kind, expected):
    assert expected == names(text, kind)


def test_an_expression_without_braces_counts_from_its_first_character():
    parsed = parse("dialogue | length < 5", expression=True)

    assert parsed.range(parsed.tree) == (0, 21)


@pytest.mark.parametrize(
    "text", ["{{ " + "(" * 65 + "1" + ")" * 65 + " }}", "{{ " + "not " * 5000 + "x }}", "{{ 1" + " + 1" * 500 + " }}"]
)
def test_what_is_nested_beyond_the_limit_is_refused(text):
    with pytest.raises(TooDeep):
        parse(text)
