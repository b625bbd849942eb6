"""Which columns a template reads: what makes two rows the same question."""

from __future__ import annotations

import pytest

from runtime.data.splits.reads import answer_columns, prompt_columns
from tests.data import programs

COLUMNS = ["answer", "choices", "label", "question", "text"]


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({"prompt": "{{ question }} {{ text | upper }}"}, ["question", "text"]),
        ({"prompt": "{% if text %}{{ question }}{% else %}none{% endif %}"}, ["question", "text"]),
        ({"prompt": "{% for word in text.split() %}{{ word }}{% endfor %}"}, ["text"]),
        ({"prompt": "{% set text = question %}{{ text }}"}, ["question"]),
        ({"prompt": "{{ question }}", "system": "{{ text }}"}, ["question", "text"]),
        ({"prompt": "{{ choices | join }}"}, ["choices"]),
        ({"prompt": "{{ choices | join }}", "choices": ["{{ label }}", "no"]}, ["label"]),
        ({"prompt": "{{ choices | join }}", "choices": "choices | map('trim') | list"}, ["choices"]),
        ({"prompt": "{{ question }}", "choices": ["{{ label }}", "no"]}, ["question"]),
        ({"prompt": None, "completion": None, "messages": "text"}, ["text"]),
    ],
)
def test_the_columns_of_a_prompt(fields, read: list[str]):
    assert prompt_columns(programs.template(**fields), COLUMNS) == read


def test_the_columns_of_an_answer():
    assert answer_columns(programs.template(completion="{{ label }}: {{ answer }}"), COLUMNS) == ["answer", "label"]


def test_finding_them_runs_nothing():
    template = programs.template("{{ text * 100000000 }}{{ range(10 ** 9) | list }}{% if 9 ** 9 ** 9 %}x{% endif %}")

    assert prompt_columns(template, COLUMNS) == ["text"]
