"""What is reported about templates, at which words."""

from __future__ import annotations

import pytest

from recipe_lang.diagnostics.model import Place
from recipe_lang.program.columns import Int, Text
from recipe_lang.source import Source, Span
from tests.jinja.checking import checked, found


def check(cases: list[tuple[str, list[tuple[str, str]]]]):
    return pytest.mark.parametrize(("text", "expected"), cases, ids=[text for text, _ in cases])


@check(
    [
        ("{{ dialog }}", [("IFT403", "dialog")]),
        ("{{ dialog }} and {{ dialog | trim }}", [("IFT403", "dialog")]),
        ("{% for x in tags %}{{ x }}{% endfor %}{{ x }}", [("IFT403", "x")]),
        ("{% set x = note %}{{ x }}", []),
        ("{% with x = note %}{{ x }}{% endwith %}", []),
        ("{% macro m(x, y = note) %}{{ x }}{{ y }}{% endmacro %}{{ m('a') }}", []),
        ("{% for key, value in scores | items %}{{ key }}{{ value }}{{ loop.index }}{% endfor %}", []),
        ("{{ loop.index }}", [("IFT414", "loop")]),
        ("{% if inputs is defined %}{{ inputs }}{% endif %}", []),
        ("{% if inputs is defined %}{% else %}{{ inputs }}{% endif %}", [("IFT403", "inputs")]),
        ("{% if nott is defined %}{{ nott }}{% endif %}", [("IFT429", "nott")]),
    ],
)
def test_names(text, expected):
    assert expected == found(text)


def test_names_are_not_judged_where_columns_are_not_known():
    assert found("{{ anything.at['all'] | upper }}", None) == []
    assert found("{{ anything | uper }}", None) == [("IFT405", "uper")]


def test_the_message_of_an_unknown_column_names_template_dataset_and_the_place_of_the_likely_one():
    declared = Source("recipe.ift", "\n\n  dialogue = text")

    _, (problem,) = checked("{{ dialog }}", declared_at={"dialogue": Place(declared, Span(4, 12))})

    assert problem.message == "template `brief` uses `dialog`, which dataset `visits` does not have"
    assert problem.help == "did you mean `dialogue`? (text, declared at line 3)"


def test_an_expression_of_a_dataset_speaks_of_the_dataset():
    _, (problem,) = checked("dialog | length < 5", expression=True, template=None)

    assert problem.message == "dataset `visits` has no column `dialog`"


@check(
    [
        ("{{ len(note) }}", [("IFT404", "len")]),
        ("{{ note | uper }}", [("IFT405", "uper")]),
        ("{{ note is greaterthan 3 }}", [("IFT406", "greaterthan")]),
        ("{{ note.capitalise() }}", [("IFT407", "capitalise")]),
        ("{{ stars.real }}", [("IFT407", "real")]),
        ("{{ turns.content }}", [("IFT407", "content")]),
        ("{{ answers.texts[0] }}", [("IFT408", "texts")]),
        ("{{ answers['texts'][0] }}", [("IFT408", "'texts'")]),
        ("{{ turns[0].speaker }}", [("IFT408", "speaker")]),
        ("{{ turns | map(attribute = 'rôle') | join }}", [("IFT408", "'rôle'")]),
        ("{{ tags | map('lowr') | join }}", [("IFT405", "'lowr'")]),
        ("{{ tags | select('evn') | join }}", [("IFT406", "'evn'")]),
    ],
)
def test_closed_sets_of_functions_filters_tests_methods_and_fields(text, expected):
    assert expected == found(text)


@check(
    [
        ("{{ hint }}", [("IFT409", "hint")]),
        ("{{ hint }}{{ hint | upper }}", [("IFT409", "hint")]),
        ("{{ hint | upper }}", [("IFT409", "hint")]),
        ("{{ hint ~ '!' }}", [("IFT409", "hint")]),
        ("{{ age + 1 }}", [("IFT409", "age")]),
        ("{{ author.country }}", [("IFT409", "author.country")]),
        ("{{ scores['a'] }}", [("IFT409", "scores['a']")]),
        ("{{ 'x' if flag }}", [("IFT409", "'x' if flag")]),
        ("{{ none }}", [("IFT409", "none")]),
        ("{% if hint %}{{ hint }}{% endif %}", []),
        ("{% if hint is defined %}{{ hint }}{% endif %}", []),
        ("{% if hint is not none %}{{ hint }}{% endif %}", []),
        ("{% if hint != none %}{{ hint }}{% endif %}", []),
        ("{% if not hint %}-{% else %}{{ hint }}{% endif %}", []),
        ("{% if hint is none %}-{% elif flag %}{{ hint }}{% endif %}", []),
        ("{% if hint is none or age is none %}-{% else %}{{ hint }}{{ age }}{% endif %}", []),
        ("{% if hint is defined and age is defined %}{{ hint }}{{ age }}{% endif %}", []),
        ("{% if hint is defined or age is defined %}{{ hint }}{% endif %}", [("IFT409", "hint")]),
        ("{% if hint %}-{% else %}{{ hint }}{% endif %}", [("IFT409", "hint")]),
        ("{{ hint if hint else 'none given' }}", []),
        ("{{ hint or 'none given' }}", []),
        ("{{ hint | default('none given') }}", []),
        ("{{ hint is defined and hint | length > 3 }}", []),
        ("{{ hint is none or hint | length > 3 }}", []),
        ("{{ hint == 'a' }}", []),
        ("{% if author.country %}{{ author.country }}{% endif %}", []),
        ("{% if scores.a is defined %}{{ scores.a + 1 }}{% endif %}", []),
        ("{% set x = hint %}{% if x %}{{ x }}{{ hint }}{% endif %}", []),
        ("{% if hint is none %}{% set hint = '' %}{% endif %}{{ hint }}", []),
        ("{% for x in [hint] if x %}{{ x }}{% endfor %}", []),
    ],
)
def test_absence_and_its_guards(text, expected):
    assert expected == found(text)


@check(
    [
        ("{{ ['a', 'b', 'c', 'd', 'e'][stars - 1] }}", []),
        ("{{ ['a', 'b', 'c', 'd', 'e'][stars] }}", [("IFT410", "stars")]),
        ("{{ ['a', 'b', 'c', 'd'][stars - 1] }}", [("IFT410", "stars - 1")]),
        ("{{ ['a', 'b', 'c', 'd', 'e'][stars - 2] }}", [("IFT410", "stars - 2")]),
        ("{% if stars > 1 %}{{ ['a', 'b', 'c', 'd'][stars - 2] }}{% endif %}", []),
        ("{% if stars == 5 %}-{% else %}{{ ['a', 'b', 'c', 'd'][stars - 1] }}{% endif %}", []),
        ("{% if 3 <= stars %}{{ ['a', 'b', 'c'][stars - 3] }}{% endif %}", []),
        ("{% if stars in [1, 2] %}{{ ['a', 'b'][stars - 1] }}{% endif %}", []),
        ("{{ ['a', 'b'][mood | position] }}", [("IFT410", "mood | position")]),
        ("{% if mood != 'mixed' %}{{ ['a', 'b'][mood | position] }}{% endif %}", []),
        ("{{ ['a', 'b'][-2] }}{{ ['a', 'b'][2] }}", [("IFT410", "2")]),
        ("{{ ['a', 'b'][flag | string] }}", [("IFT411", "flag | string")]),
        ("{{ ['a', 'b', 'c'][mood] }}", [("IFT411", "mood")]),
        ("{{ ['a', 'b'][count] }}", []),
    ],
)
def test_places_in_lists(text, expected):
    assert expected == found(text)


@check(
    [
        ("{{ stars | length }}", [("IFT411", "length")]),
        ("{{ note | join(',') }}", [("IFT411", "join")]),
        ("{{ note | position }}", [("IFT411", "position")]),
        ("{{ tags | sum }}", [("IFT411", "sum")]),
        ("{{ turns | sort | length }}", [("IFT411", "sort")]),
        ("{{ turns | sort(attribute = 'role') | length }}", []),
        ("{{ tags | map('round') | join }}", [("IFT411", "'round'")]),
        ("{{ note | replace(1, 'a') }}", [("IFT411", "1")]),
        ("{{ tags[:note] | join }}", [("IFT411", "note")]),
        ("{{ note() }}", [("IFT411", "note")]),
        ("{{ note + stars }}", [("IFT412", "note + stars")]),
        ("{{ note ~ stars }}", []),
        ("{{ note ~ tags }}", [("IFT412", "tags")]),
        ("{{ stars / 0 }}", [("IFT412", "stars / 0")]),
        ("{{ (note or tags) | upper }}", [("IFT411", "upper")]),
        ("{{ stars == '3' }}", [("IFT413", "'3'")]),
        ("{{ note < count }}", [("IFT413", "note < count")]),
        ("{{ 3 in note }}", [("IFT413", "3")]),
        ("{{ 'a' in stars }}", [("IFT411", "stars")]),
        ("{{ mood == 'god' }}", [("IFT422", "'god'")]),
        ("{{ mood in ['good', 'god'] }}", [("IFT422", "'god'")]),
        ("{{ stars == 6 }}", [("IFT422", "6")]),
        ("{{ turns[0].role == 'human' }}", [("IFT422", "'human'")]),
        ("{{ tags }}", [("IFT419", "tags")]),
        ("{{ author }}", [("IFT419", "author")]),
        ("{{ note.upper }}", [("IFT419", "note.upper")]),
        ("{% for x in note %}{% endfor %}", [("IFT420", "note")]),
        ("{% for x in note.split() %}{{ x }}{% endfor %}", []),
    ],
)
def test_types(text, expected):
    assert expected == found(text)


@check(
    [
        ("{% include 'x' %}", [("IFT414", "include")]),
        ("{% extends 'x' %}", [("IFT414", "extends")]),
        ("{% import 'x' as y %}", [("IFT414", "import")]),
        ("{% from 'x' import y %}", [("IFT414", "from")]),
        ("{% block a %}{% endblock %}", [("IFT414", "block")]),
        ("{% call note() %}{% endcall %}", [("IFT414", "call")]),
        ("{% autoescape true %}{% endautoescape %}", [("IFT414", "autoescape")]),
        ("{% for x in tags recursive %}{% endfor %}", [("IFT414", "for")]),
        ("{{ note.__class__ }}", [("IFT414", "__class__")]),
        ("{{ _private }}", [("IFT414", "_private")]),
        ("{{ tags.append('a') }}", [("IFT414", "append")]),
        ("{% set author.name = 'a' %}", [("IFT414", "author")]),
        ("{{ namespace(a = 1) }}", [("IFT414", "namespace")]),
        ("{% macro m() %}{{ m() }}{% endmacro %}", [("IFT414", "m")]),
        ("{{ range(*tags) }}", [("IFT414", "tags")]),
        ("{{ tags | random }}", [("IFT415", "random")]),
        ("{{ tags | choice }}", [("IFT415", "choice")]),
        ("{{ strftime_now('%d') }}", [("IFT415", "strftime_now")]),
        ("{{ tags | pick }}", []),
        ("{{ 'a' * (3 * 10 ** 8) }}", [("IFT416", "'a' * (3 * 10 ** 8)")]),
        ("{{ '%300000000d' % 1 }}", [("IFT416", "'%300000000d' % 1")]),
        ("{{ '%300000000d' | format(1) }}", [("IFT405", "format")]),
        ("{{ range(1001) | length }}", [("IFT416", "range(1001)")]),
        ("{{ '-' * 20 }}", []),
        ("{% for a in range(999) %}" * 3 + "{% endfor %}" * 3, [("IFT416", "range(999)")]),
        ("{{ note | replace('a') }}", [("IFT417", "replace")]),
        ("{{ note | upper(1) }}", [("IFT417", "1")]),
        ("{{ tags | join(sep = ',') }}", [("IFT417", "sep")]),
        ("{% macro m(x) %}{% endmacro %}{{ m() }}", [("IFT417", "m")]),
        ("{{ tags | map(note) | join }}", [("IFT417", "map")]),
    ],
)
def test_what_templates_do_not_have(text, expected):
    assert expected == found(text)


@check(
    [
        ("{{ note }}n\n{{ dialogue }}", [("IFT418", "n")]),
        ("{{ note }}\n{{ dialogue }}n", []),
        ("{{ note }}nth\n", []),
        ("{{ note }}\\n{{ dialogue }}", [("IFT418", "\\n")]),
        ("{{ note }} \\nu {{ dialogue }}", []),
        ("{note} {{ dialogue }}", [("IFT428", "{note}")]),
        ("{nobody} {{ dialogue }}", []),
        ("{% set n = 0 %}{% for x in tags %}{% set n = n + 1 %}{% endfor %}{{ n }}", [("IFT421", "n")]),
        ("{% for x in tags %}{% set y = x %}{{ y }}{% endfor %}", []),
        ("{% for x in tags %}{% set y = x %}{% endfor %}{{ y }}", [("IFT403", "y")]),
        ("{% if flag %}{% set x = 'a' %}{% endif %}{{ x }}", [("IFT431", "x")]),
        ("{% if flag %}{% set x = 'a' %}{% else %}{% set x = 'b' %}{% endif %}{{ x }}", []),
        ("{% if flag %}{% set note = 'a' %}{% endif %}{{ note }}", []),
    ],
)
def test_what_is_rarely_meant(text, expected):
    assert expected == found(text)


@check(
    [
        ("{{ a b }}", [("IFT400", "b")]),
        ("{{ note", [("IFT400", "{{")]),
        ("{% if flag %}", [("IFT400", "if")]),
        ("{% if flag %}{% endfor %}", [("IFT400", "endfor")]),
        ("{% do note %}", [("IFT400", "do")]),
        ("{# note", [("IFT400", "{#")]),
        ("{{ 'note }}", [("IFT400", "'")]),
        ("{{ note. }}", [("IFT400", "}}")]),
        ("{{ (note }}", [("IFT400", "}")]),
        ("{{ 9" + "9" * 5000 + " }}", [("IFT400", "9" * 5001)]),
        ("a" * 65_537, [("IFT401", "a" * 65_537)]),
        ("{{ " + "(" * 65 + "1" + ")" * 65 + " }}", [("IFT402", "(")]),
    ],
)
def test_texts_that_cannot_be_read(text, expected):
    assert expected == found(text)


def test_braces_around_an_expression_are_named():
    assert found("{{ note }}", expression=True) == [("IFT400", "{{")]


def test_further_variables_come_before_columns():
    assert found("{{ choices }}", {"choices": Text()}, extra={"choices": Int()}) == []
    assert found("{{ choices | upper }}", {"choices": Text()}, extra={"choices": Int()}) == [("IFT411", "upper")]


def test_a_mistake_is_followed_by_no_other_about_the_same_name():
    assert found("{{ dialog + 1 < 'a' }}{{ dialog.x[3] }}") == [("IFT403", "dialog")]
    assert found("{{ (note | uper) + 1 }}") == [("IFT405", "uper")]


def test_what_applies_if_has_shown_holds_in_the_other_texts():
    info, _ = checked("hint is defined and mood in ['good', 'bad']", expression=True)

    assert found("{{ hint }}{{ ['a', 'b'][mood | position] }}", assume=info.facts) == []


def test_columns_that_are_used_are_known():
    info, _ = checked("{{ note }}{% if flag %}{{ note }}{% endif %}{{ answers.text[0] }}")

    assert info.used == ("note", "flag", "answers")
    assert {("note",), ("answers", "text", 0)} == set(info.printed)


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("yes", ("yes",)),
        ("\n{{ mood }}\n", ("good", "bad", "mixed")),
        ("{{ mood | upper }}!", ("GOOD!", "BAD!", "MIXED!")),
        ("{% if stars > 3 %}yes{% else %}no{% endif %}", ("yes", "no")),
        ("{{ ['a', 'b', 'c', 'd', 'e'][stars - 1] }}", ("a", "b", "c", "d", "e")),
        ("{{ stars }}", ("1", "2", "3", "4", "5")),
        ("{{ 'a' if flag else 'b' }}", ("a", "b")),
        ("{% set x = 'a' %}{% if flag %}{% set x = 'b' %}{% endif %}{{ x }}", ("b", "a")),
        ("{{ note }}", None),
        ("{% for x in tags %}a{% endfor %}", None),
    ],
)
def test_texts_that_a_template_can_give_are_known(text, texts):
    assert texts == checked(text)[0].texts


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("{{ note }}", ("note",)),
        ("\n {{ note | trim | upper }}", ("note",)),
        ("{% set x = note %}{{ x.strip() }}", ("note",)),
        ("{% if flag %}{{ note }}{% endif %}", ("note",)),
        ("{{ hint or 'none' }}", ("hint",)),
        ("{{ answers.text[0] }}", ("answers", "text", 0)),
        ("{{ answers.text | first }}", ("answers", "text", 0)),
        ("{% filter upper %}{{ note }}{% endfilter %}", ("note",)),
        ("Note: {{ note }}", None),
        ("{{ note | length }}", None),
        ("{{ note }}{{ dialogue }}", None),
        ("{{ tags[count] }}", None),
    ],
)
def test_a_template_that_is_nothing_but_one_column_is_known(text, source):
    assert source == checked(text)[0].source
