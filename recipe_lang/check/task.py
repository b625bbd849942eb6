"""What can be wrong with a task: templates that do not belong together, and metrics that cannot judge its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_lang.diagnostics.problems import evaluation as problems
from recipe_lang.diagnostics.problems import settings

if TYPE_CHECKING:
    from recipe_lang.check.reading import Report
    from recipe_lang.check.result import Recipe
    from recipe_lang.schema.metrics import Metric
    from recipe_lang.schema.task import Task

CHOICES = frozenset({"accuracy", "accuracy_norm", "macro_f1", "mcc"})
"""Metrics of a choice among closed answers. `accuracy`, `macro_f1` and `mcc` also judge a text that names one."""
LIKELIHOODS = frozenset({"accuracy_norm"})
"""Metrics that need the likelihood of every choice."""
EITHER = frozenset({"perplexity", "token_accuracy"})
"""Metrics of the reference's likelihood, whatever is answered."""


def check_templates(task: Task, recipe: Recipe, report: Report) -> None:
    """All for one dataset, and all with choices or all without."""
    first = recipe.template(task.templates[0])
    for index, name in enumerate(task.templates[1:], start=1):
        other = recipe.template(name)
        places = task.place("templates", 0), task.place("templates", index)
        if other.dataset != first.dataset:
            report(problems.templates_of_two_datasets(task.name, first.dataset, name, other.dataset, *places))
        elif (other.choices is None) != (first.choices is None):
            report(problems.mixed_answers(task.name, *places))


def check_score(task: Task, recipe: Recipe, report: Report) -> None:
    if task.score == "choose" and _choices(task, recipe) is None:
        report(problems.nothing_to_choose(task.name, task.place("score")))
    if _chooses(task, recipe):
        for name in ("generate", "answer"):
            if task.written(name):
                report(settings.without_effect(name, "where answers are chosen, not generated", task.key_place(name)))


def check_few_shot(task: Task, recipe: Recipe, report: Report) -> None:
    """A conversation is asked as it stands: nothing comes before it."""
    if task.written("few_shot") and all(recipe.template(name).messages is not None for name in task.templates):
        report(settings.without_effect("few_shot", "on whole conversations", task.key_place("few_shot")))


def check_metrics(task: Task, recipe: Recipe, report: Report) -> None:
    """ROUGE of a choice says nothing, and a generated text has no likelihoods of choices."""
    chooses = _chooses(task, recipe)
    for index, metric in misfits(task, recipe):
        report(problems.metric_does_not_fit(metric.call, task.name, chooses, task.place("metrics", index)))


def misfits(task: Task, recipe: Recipe) -> list[tuple[int, Metric]]:
    """The metrics that cannot judge the task's answers, and where they stand in `metrics`."""
    chooses = _chooses(task, recipe)
    return [
        (index, metric)
        for index, metric in enumerate(task.metrics or ())
        if metric.call not in (CHOICES if chooses else frozenset({metric.call}) - LIKELIHOODS) | EITHER
    ]


def _choices(task: Task, recipe: Recipe) -> object | None:
    return recipe.template(task.templates[0]).choices


def _chooses(task: Task, recipe: Recipe) -> bool:
    return task.score != "generate" and _choices(task, recipe) is not None


RULES = (check_templates, check_score, check_few_shot, check_metrics)
