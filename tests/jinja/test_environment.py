"""Rendering: Jinja's semantics where it has them, ours where it is silent, lazy or unbounded."""

from __future__ import annotations

import pickle
import re

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.jinja.environment import RenderError, compile_expression, compile_template
from recipe_lang.jinja.values import labels


def render(text: str, seed: int = 0, **variables: object) -> str:
    return compile_template(text).render(variables, seed=seed)


def refusal(text: str, **variables: object) -> RenderError:
    with pytest.raises(RenderError) as caught:
        render(text, **variables)
    return caught.value


def test_empty_lines_at_both_ends_are_trimmed_and_spaces_never():
    assert render("\n\n  a {{ x }} \n\n", x="b") == "  a b "


def test_expressions_are_written_without_braces():
    keep = compile_expression("dialogue | length < 500 and note | length > 2")
    assert keep.evaluate({"dialogue": "hello", "note": "note"}, seed=0) is True
    assert keep.evaluate({"dialogue": "hello", "note": "no"}, seed=0) is False


@pytest.mark.parametrize(
    "text",
    [
        "{% for x in tags %}{{ loop.index }}{{ x }}{% if not loop.last %}, {% endif %}{% else %}none{% endfor %}",
        "{{ tags | join(', ') }} {{ tags | first }} {{ tags | last }} {{ tags | length }}",
        "{{ name | lower }}{{ name | upper }}{{ name | title }}{{ name | capitalize }}{{ name | replace('o', '0') }}",
        "{{ numbers | sum }} {{ numbers | min }} {{ numbers | max }} {{ numbers | sort | join }}",
        "{{ score | round(1) }} {{ (score * 2) | round | int }} {{ score | abs }} {{ '3' | int + 1 }}",
        "{% set x %}{{ name }}{% endset %}{{ x | trim }}{% filter upper %}a{% endfilter %}",
        "{% macro m(x, y='!') %}{{ x }}{{ y }}{% endmacro %}{{ m(name) }}{{ m(name, '?') }}",
        "{{ record.a }}{{ record['b'][0] }}{{ name[1:] }}{{ name[-1] }}{{ tags[::-1] | join }}",
        "{{ name.split('o') | join('|') }}{{ ','.join(tags) }}{{ name.startswith('W') }}{{ tags.index('b') }}",
        "{% for a, b in zip(tags, numbers) %}{{ a ~ b }}{% endfor %}{{ range(3) | join }}",
        "{{ missing | default('none') }}{{ 'yes' if missing is defined else 'no' }}",
        "{%- if score > 1 and name != 'x' -%} a {%- elif score in [1, 2] %} b {% endif %}",
        "{{ tags | unique | list | length }}",
        "{% with a = 1, b = 2 %}{{ a + b }}{{ a / b }}{{ 7 // b }}{{ 7 % b }}{{ 2 ** 3 }}{{ -a }}{% endwith %}",
        "{{ turns | selectattr('role', 'eq', 'user') | map(attribute='content') | join }}",
        "{{ tags | reject('eq', 'b') | map('upper') | join }}{{ record | dictsort | length }}{{ true }}{{ 1.5 }}",
    ],
)
def test_renders_as_jinja_does(text):
    plain = jinja2.Environment(undefined=jinja2.StrictUndefined)
    plain.globals["zip"] = zip
    variables = {
        "tags": ["b", "a", "B"],
        "numbers": [3, 1, 2],
        "name": "Wood fox",
        "score": 1.26,
        "record": {"a": "x", "b": ["y"]},
        "turns": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}],
    }

    assert plain.from_string(text).render(variables).strip("\n") == compile_template(text).render(variables, seed=0)


# --- absence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ x | default('-') }}", "-"),
        ("{{ x or '-' }}", "-"),
        ("{{ '+' if x is defined else '-' }}", "-"),
        ("{{ record.missing | default('-') }}", "-"),
        ("{{ record['missing'] or '-' }}", "-"),
        ("{{ ('+' if false) or '-' }}", "-"),
        ("{{ [] | first | default('-') }}", "-"),
    ],
)
def test_there_is_one_kind_of_absence(text, expected):
    assert expected == render(text, x=None, record={})


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("a\n\n{{ x }}", "a value that is absent (none) is printed", 3),
        ("{{ record.missing }}", "a value that is absent (none) is printed", 1),
        ("{{ nothing }}", "there is no `nothing`", 1),
        ("{% if nothing %}{% endif %}", "there is no `nothing`", 1),
        ("{{ tags[5] }}", "there is no element 5 in a list of 1 elements", 1),
        ("{{ tags[5] | upper }}", "there is no element 5 in a list of 1 elements", 1),
        ("{{ tags }}", "a list is printed; use `join` or `tojson`", 1),
        ("{{ 'a' | int }}", "`a` is not a whole number; `int(default = …)` says what to take instead", 1),
        ("{{ 1 / 0 }}", "a number is divided by zero", 1),
        ("{{ 'a' + 1 }}", "`+` is used on a text and a whole number", 1),
        ("{{ 'a' < 1 }}", "`<` compares a text with a whole number", 1),
        ("{% for x in 'abc' %}{% endfor %}", "`for` needs a list, not a text", 1),
        ("{{ 'abc' | position }}", "`position` needs a label, not a text", 1),
    ],
)
def test_what_cannot_be_rendered_is_said_in_words(text, message, line):
    error = refusal(text, x=None, record={}, tags=["a"])

    assert (message, line) == (error.message, error.line)


# --- what is ours ------------------------------------------------------------------------------------------------


def test_a_label_is_its_text_and_knows_its_number():
    good, bad = labels(("good", "bad"))

    assert render("{{ mood }} {{ mood | position }} {{ mood == 'bad' }}", mood=bad) == "bad 1 True"
    assert pickle.loads(pickle.dumps(good)).position == 0


def test_pick_follows_the_seed_alone():
    text = "{{ ['a', 'b', 'c', 'd'] | pick }}"
    drawn = [render(text, seed) for seed in range(200)]

    assert drawn == [render(text, seed) for seed in range(200)]
    assert set(drawn) == set("abcd")
    assert all(30 < drawn.count(letter) < 70 for letter in "abcd")


def test_prompt_and_completion_of_a_row_pick_the_same_and_a_second_choice_is_drawn_anew():
    prompt, completion = "Say {{ ['a', 'b'] | pick }}", "{{ ['a', 'b'] | pick }}"
    twice = "{{ ['a', 'b'] | pick }}{{ ['a', 'b'] | pick }}"

    assert all(render(prompt, seed)[-1] == render(completion, seed) for seed in range(50))
    assert {"aa", "ab", "ba", "bb"} == {render(twice, seed) for seed in range(50)}


def test_json_is_not_escaped_for_web_pages():
    assert render("{{ x | tojson }}", x=["<é>", {"a": 1}]) == '["<é>", {"a": 1}]'


def test_fields_come_before_methods():
    assert render("{{ row.items }}{{ row.upper }}", row={"items": "a", "upper": "b"}) == "ab"


def test_compiled_templates_go_to_other_processes():
    text, expression = compile_template("{{ x }}"), compile_expression("x")

    assert pickle.loads(pickle.dumps(text)).render({"x": "a"}, seed=0) == "a"
    assert pickle.loads(pickle.dumps(expression)).evaluate({"x": 1}, seed=0) == 1


# --- bounds ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'a' * (3 * 10 ** 8) }}",
        "{{ '%300000000d' | format(1) }}",
        "{{ '%300000000d' % 1 }}",
        "{{ '{:300000000}'.format(1) }}",
        "{{ 9 ** 9 ** 9 }}",
        "{% set a = 'xx' %}" + "{% set a = a ~ a %}" * 40,
        "{% set a = 'xx' %}" + "{% set a = a + a %}" * 40,
        "{% set a = 'xx' %}" + "{% set a = a | replace('x', 'xx') %}" * 40,
        "{% set a = ['xx'] %}" + "{% set a = [a, a] %}" * 40 + "{{ a | tojson }}",
        "{% set a = ['xx'] %}" + "{% set a = a + a %}" * 40,
        "{% set a = 'x' * 1000000 %}" + "{% set a = a[1:] %}" * 40,
        "{% for i in range(1000) %}" * 3 + "{% endfor %}" * 3,
        "{% for i in range(1000) %}{% for j in range(100) %}" + "x" * 1000 + "{% endfor %}{% endfor %}",
        "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}",
        "{{ range(1001) | length }}",
        "{{ 'x' * 1000000 | join('y' * 1000000) }}",
    ],
)
def test_what_has_no_bound_is_refused(text):
    assert refusal(text).message


@pytest.mark.parametrize(
    "text, message",
    [
        ("{{ 1 ** 64 + 1 ** 65 }}", "a power above 64 is taken"),
        ("{% for a in x %}{% for b in x %}{% endfor %}{% endfor %}", "it takes more than 1,000,000 steps"),
    ],
)
def test_what_is_cheap_once_is_bounded_too(text, message):
    assert refusal(text, x=[1] * 1_000).message == message


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__ }}",
        "{{ x.append(1) }}",
        "{{ x | map('_each') | list }}",
        "{{ x | attr('append') }}",
        "{% include 'x' %}",
        "{{ self }}",
        "{{ lipsum() }}",
        "{{ _run.seed }}",
    ],
)
def test_nothing_of_python_can_be_reached(text):
    assert refusal(text, x=[1]).message


@pytest.mark.parametrize("text", ["{{ x", "{{ " + "(" * 500, "x" * 70_000, "{{ " + "9" * 5000 + " }}"])
def test_what_cannot_be_read_cannot_be_compiled(text):
    with pytest.raises(RenderError):
        compile_template(text)
    with pytest.raises(RenderError):
        compile_expression(text)


@pytest.mark.parametrize(
    "asked", ["c | wordcount < i", "'b' in c", "c == d", "c.startswith('b')", "c is eq d", "(c | lower) == 'a'"]
)
def test_what_steps_read_is_bounded(asked):
    """A loop around a question to a long text: each is cheap, all of them are not."""
    long = "{% set c = 'a ' * 100000 %}{% set d = 'a ' * 100000 %}"
    asking = f"{{% if {asked} %}}x{{% endif %}}"
    loop = f"{{% for i in range(900) %}}{{% for k in range(900) %}}{asking}{{% endfor %}}{{% endfor %}}"

    with pytest.raises(RenderError) as refused:
        compile_template(long + loop).render({}, seed=0)

    assert (
        "40,000,000 characters" in refused.value.message or "more than 16,000,000 characters" in refused.value.message
    )


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("\n{{ x }}\n", "a"),
        ("{{ '\n' }}{{ x }}", "\na"),
        ("{{ x }}!{{ '\n\n' }}", "a!\n\n"),
        ("{% set y = x %}\n{{ y }}", "a"),
        ("{{ '\n' }}", ""),
    ],
)
def test_line_ends_that_a_text_prints_itself_stay(text: str, gives: str):
    assert render(text, x="a") == gives


@given(st.text(alphabet="[]()ab \n.", max_size=40))
def test_remove_between_is_the_regular_expression(text: str):
    found = render("<{{ x | remove_between('[', ']') }}>", x=text)

    assert found[1:-1] == re.sub(r"\[.*?\]", "", text)
