"""References and the rules that take answers out of them; inverted templates, whose references are the input."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recipe_lang.diagnostics.model import Stop
from runtime.evaluate.references import reference_problems
from tests.compiled import metrics
from tests.data import programs
from tests.evaluate.world import WORDS, asked, lines, world

pytestmark = pytest.mark.usefixtures("cache")

RULE = 'answer = regex("#### (.*)")'


def test_a_rule_that_finds_nothing_in_a_reference_stops(tmp_path: Path):
    here = asked(tmp_path, RULE)

    with pytest.raises(Stop) as stopped:
        here.evaluate()

    assert [d.code for d in stopped.value.diagnostics] == ["IFT853"]


@pytest.mark.parametrize(
    ("task", "code"),
    [
        (programs.task(RULE), "IFT853"),
        (programs.task(metrics=metrics("pearson")), "IFT853"),
        (programs.task(templates=["choose"], metrics=metrics('macro_f1(only = "Yes")'), score="choose"), "IFT852"),
        (programs.task(metrics=metrics("rouge1", "perplexity", "exact_match")), None),
    ],
)
def test_references_are_checked_before_a_model_is_asked(tmp_path: Path, task, code: str | None):
    templates = {"ask": programs.template(), "choose": programs.template(choices=WORDS)}
    here = world(tmp_path, templates=templates, tasks={"answering": task})
    found = reference_problems(here.plan.program, here.prepared)

    assert [problem.code for problem in found] == ([code] if code else [])


@pytest.mark.parametrize(("templates", "stops"), [(("ask", "back"), False), (("back",), True)])
def test_a_rule_is_not_for_inverted_templates_beside_others(tmp_path: Path, templates: tuple[str, ...], stops: bool):
    """Alone they are the task's own."""
    given = {
        "ask": programs.template(completion="#### {{ a }}"),
        "back": programs.template(prompt="Ask again: {{ a }}", completion="{{ q }}", inverted=True),
    }
    task = programs.task(RULE, templates=list(templates), metrics=metrics("exact_match"), templates_per_row="all")
    here = world(tmp_path, templates=given, tasks={"answering": task})

    assert bool(reference_problems(here.plan.program, here.prepared)) == stops
    if not stops:
        (entry,) = here.evaluate()
        back = [line for line in lines(here, entry) if line.get("inverted")]
        assert back and all(line["expected"] == line["references"] for line in back)


def test_inverted_templates_stand_apart_from_the_tasks_figures(tmp_path: Path):
    """They count by template and together, and in nothing else."""
    ask = programs.template(prompt="{{ q }}", completion="{{ a }}")
    tasks = {
        "answering": programs.task(
            templates=["ask", "back"], metrics=metrics("rouge1", "bleu"), templates_per_row="all"
        )
    }
    back = programs.template(prompt="Ask again: {{ q }}", completion="{{ q }}", inverted=True)
    (tmp_path / "alone").mkdir()
    both = world(tmp_path, tasks=tasks, templates={"ask": ask, "back": back})
    alone = world(
        tmp_path / "alone",
        tasks={"answering": programs.task(metrics=metrics("rouge1", "bleu"))},
        templates={"ask": ask},
    )

    (entry,), (direct,) = both.evaluate(), alone.evaluate()

    assert (entry.rows, entry.inverted.rows) == (6, 6)
    assert {name: part.inverted for name, part in entry.templates.items()} == {"ask": None, "back": True}
    assert entry.inverted.metrics == entry.templates["back"].metrics
    assert {n: m.value for n, m in entry.metrics.items()} == {
        n: m.value for n, m in entry.templates["ask"].metrics.items()
    }
    assert entry.metrics["rouge1"].signature == direct.metrics["rouge1"].signature


def test_a_task_of_inverted_templates_alone_is_a_task_like_any_other(tmp_path: Path):
    back = programs.template(prompt="Ask again: {{ q }}", completion="{{ q }}", inverted=True)
    here = world(
        tmp_path,
        tasks={"answering": programs.task(templates=["back"], metrics=metrics("rouge1"))},
        templates={"back": back},
    )

    (entry,) = here.evaluate()

    assert entry.rows == 6
    assert "inverted" not in entry


@pytest.mark.parametrize(
    ("call", "answers", "code"),
    [
        (["metrics = [exact_match]"], ["A", "B"], "IFT864"),
        (["metrics = [rouge1]"], ["2005年 GDP 增长了", "plain"], "IFT864"),
        (["metrics = [rouge1]", 'generate.stop = ["\\n\\n"]'], ["one\n\ntwo", "three"], "IFT877"),
        (["metrics = [rouge1]", 'generate.stop = ["\\n"]', "answer = first_line"], ["one\ntwo", "x"], None),
        (["metrics = [exact_match]", "answer = number"], ["-3", "3"], None),
        (["metrics = [exact_match(normalize = none)]"], ["A", "-3"], None),
    ],
)
def test_what_is_doubtful_of_references_is_told_with_its_rows(
    tmp_path: Path, call: list[str], answers: list[str], code: str | None
):
    values = [{"q": f"Which is {n}?", "a": answers[n % 2]} for n in range(60)]
    here = world(tmp_path, rows=values, tasks={"answering": programs.task(*call)})
    found = reference_problems(here.plan.program, here.prepared)

    assert [problem.code for problem in found] == ([code] if code else [])
    assert all(re.search(r"of \d of 6 rows", problem.message) for problem in found)
