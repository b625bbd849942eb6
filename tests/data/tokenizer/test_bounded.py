"""Chat templates that would eat the machine are refused; what real ones do is not."""

from __future__ import annotations

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from runtime.data.tokenizer.chat import ChatError, ChatTemplate

MESSAGES = [{"role": "user", "content": "Hello {there}"}, {"role": "assistant", "content": "Hi <b>\n you"}]

HOSTILE = [
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% for i in range(99999) %}{{ 'x' * 99999 }}{% endfor %}",
    "{{ 'x' * 10 ** 10 }}",
    "{{ 10 ** 10 ** 8 }}",
    "{{ 9 ** 9 ** 9 ** 9 }}",
    "{% set ns = namespace(t='xx') %}{% for i in range(64) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
    "{% set ns = namespace(t='xx') %}{% for i in range(64) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}",
    "{% set ns = namespace(t=['x']) %}{% for i in range(64) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
    "{{ ('x' * 100000).replace('x', 'y' * 100000) }}",
    "{{ ('x' * 100000) | replace('x', 'y' * 100000) }}",
    "{{ 'x' | center(10000000000) }}",
    "{{ 'x'.ljust(10000000000) }}",
    "{{ '\\t'.expandtabs(10000000000) }}",
    "{{ '%010000000000d' % 5 }}",
    "{{ '%010000000000d' | format(5) }}",
    "{{ '{:>10000000000}'.format(5) }}",
    "{{ '{:>{}}'.format(5, 10000000000) }}",
    "{{ messages | tojson(indent=10000000000) }}",
    "{{ 'x\\nx' | indent(10000000000) }}",
    "{{ range(10 ** 12) | list }}",
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "{{ [[1] * 100000] * 100000 }}",
    "{{ ('x' * 1000000).join('y' * 1000000) }}",
    "{{ (range(99999) | list) | batch(1, 'x' * 99999) | list }}",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_what_takes_too_much_is_refused_in_words(source: str):
    with pytest.raises(ChatError) as error:
        ChatTemplate(source, {}, {}).render(MESSAGES)

    assert str(error.value)


@pytest.mark.parametrize(
    "source", ["{% if false %}{{ 10 ** 10 ** 8 }}{% endif %}", "{% if false %}{{ 'x' * 9 ** 12 }}{% endif %}x"]
)
def test_nothing_is_calculated_while_a_template_is_compiled(source: str):
    assert ChatTemplate(source, {}, {}).render(MESSAGES) in ("", "x")


REAL = [
    "{% for m in messages %}{{ loop.index0 }}{{ loop.last }}{{ loop.previtem is defined }}{% endfor %}",
    "{% for m in messages if m.role == 'user' %}{{ m['content'] | trim }}{{ loop.nextitem is defined }}{% endfor %}",
    "{{ messages[0].content.split('{')[-1].strip() }}{{ messages | map(attribute='role') | list }}",
    "{% set ns = namespace(a=[]) %}{% for m in messages[::-1] %}{% set ns.a = ns.a + [m] %}{% endfor %}{{ ns.a }}",
    "{{ messages | selectattr('role', 'equalto', 'user') | list | length }}{{ messages | groupby('role') | list }}",
    "{{ messages[0]['content'][:5] ~ 1 ~ none ~ missing }}{{ 'a' if false }}{{ undefined_thing }}",
    "{{ messages | tojson(indent=4) }}{{ {'a': [1, 2.5, none]} | tojson }}",
    "{% for k, v in messages[0].items() %}{{ k }}={{ v }};{% endfor %}{{ (3 * 7) // 2 % 5 + 2 ** 10 - 1.5 }}",
    "{% macro show(m) %}<{{ m.role | upper }}>{% endmacro %}{% for m in messages %}{{ show(m) }}{% endfor %}",
    "{{ 'a' * 3 }}{{ '%s and %d' % ('x', 5) }}{{ '{0}-{1}'.format('x', 'y') }}{{ '%s' | format('z') }}",
    "{% for c in 'abc' %}{{ c }}{{ 'b' in 'abc' }}{% endfor %}{{ 1 < 2 < 3 }}{{ messages[0].role in ['user'] }}",
    "{% for i in range(3) %}{{ i }}{% endfor %}{{ range(2) | list }}{{ [3, 1, 2] | sort | first }}{{ dict(a=1) }}",
    "{% filter upper %}abc{% endfilter %}{% set x %}block{% endset %}{{ x | replace('b', 'c') | indent(2, true) }}",
    "{{ messages[0].content.replace('{', '').title().rstrip('}') }}{{ 'x'.join(['a', 'b']) }}{{ 'abc'.find('a') }}",
    "{{ messages[-1].content | escape }}{{ '<b>' | safe }}{{ [1, 2, 3, 4] | batch(2) | list }}{{ 3 | string ~ 'a' }}",
    "{% for m in messages recursive %}{{ m.role }}{% endfor %}{% for x in [] %}{% else %}none{% endfor %}",
]


@pytest.mark.parametrize(
    "content", ['{"population": 2873000, "x": "2 ** 3"}', "100% **sure** {000000} %000000d *", "{" * 9_000]
)
@pytest.mark.parametrize(
    "source",
    [
        "{{ messages[0].content | tojson }}{{ messages[0] | tojson(indent=4) }}",
        "{{ messages[0].content.replace('\n', ' ') | replace('*', '**') | indent(4) }}{{ messages | string }}",
        "{{ '{}'.format(messages[0].content) }}{{ '%s' % messages[0].content }}{{ ','.join([messages[0].content]) }}",
    ],
)
def test_what_a_row_says_is_no_pattern(source: str, content: str):
    plain = ImmutableSandboxedEnvironment()
    plain.filters["tojson"] = ChatTemplate("", {}, {})._environment.filters["tojson"].__wrapped__
    messages = [{"role": "user", "content": content}]

    assert ChatTemplate(source, {}, {}).render(messages) == plain.from_string(source).render(messages=messages)


def test_a_row_that_takes_too_much_keeps_no_other_from_being_rendered():
    chat = ChatTemplate("{% for i in range(messages[0].content | length) %}{{ 'x' * 90_000 }}{% endfor %}", {}, {})

    with pytest.raises(ChatError):
        chat.render([{"role": "user", "content": "x" * 1_000}])
    assert chat.render([{"role": "user", "content": "x"}]) == "x" * 90_000


@pytest.mark.parametrize("source", REAL)
def test_what_a_template_may_do_gives_what_jinja_gives(source: str):
    plain = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    plain.filters["tojson"] = ChatTemplate("", {}, {})._environment.filters["tojson"].__wrapped__

    assert ChatTemplate(source, {}, {}).render(MESSAGES) == plain.from_string(source).render(messages=MESSAGES)
