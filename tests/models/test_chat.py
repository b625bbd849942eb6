"""A saved chat template asks what training asked."""

from __future__ import annotations

import pytest
from transformers.utils.chat_template_utils import render_jinja_template

from runtime.models.chat import lock_variables

MESSAGES = [{"role": "user", "content": "Hello"}]


def plain(template: str, **variables: object) -> str:
    """What `apply_chat_template` makes of it."""
    rendered, _ = render_jinja_template([MESSAGES], chat_template=template, **variables)
    return rendered[0]


@pytest.mark.parametrize(
    "template",
    [
        "{{ thinking }}{{ name }}: {{ messages[0].content }}",
        "\n  {% if thinking %}on{% else %}off{% endif %}\n {{ name }}",
        "   {%- if thinking is none %}none{% endif %}{{ level }}",
    ],
)
@pytest.mark.parametrize("thinking", [True, False, None])
def test_variables_are_locked(template: str, thinking: bool | None):
    variables = {"thinking": thinking, "name": 'Ada "{{ x }}" \\ é', "level": 0.5}

    assert plain(lock_variables(template, variables)) == plain(template, **variables)
    assert plain(lock_variables(template, variables), thinking="other") == plain(template, **variables)


def test_the_clock_is_stopped_at_the_recipe_s_date():
    template = "Today: {{ strftime_now('%d %b %Y') }}{{ strftime_now(\"%A\") }}"

    assert plain(lock_variables(template, {"date": "2026-01-01"})) == "Today: 01 Jan 2026Thursday"


def test_a_template_without_variables_is_stored_as_it_is():
    assert lock_variables("{{ messages }}", {}) == "{{ messages }}"
