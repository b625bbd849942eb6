"""What can be wrong with a task: templates that do not belong together, and metrics that cannot judge its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_lang.check.template import answers_openly, read_in_prompt
from recipe_lang.diagnostics.model import Label
from recipe_lang.diagnostics.problems import evaluation as problems
from recipe_lang.diagnostics.problems import settings
from recipe_lang.diagnostics.problems.scores import accuracy_of_text, sampled_beams
from recipe_lang.diagnostics.problems.templates import misfit_column, no_dataset
from recipe_lang.jinja.types import describe
from recipe_lang.program.columns import fits
from recipe_lang.program.task import Cut

if TYPE_CHECKING:
    from recipe_lang.check.result import Recipe, Report
    from recipe_lang.program.metrics import Metric
    from recipe_lang.program.task import Task


def check_settings(task: Task, recipe: Recipe, report: Report) -> None:
    if task.overlong == "error" and task.written("max_dropped"):
        report(settings.without_effect("max_dropped", "under `overlong = error`", task.key_place("max_dropped")))
    if task.templates_per_row == "all" and len(task.templates) == 1:
        place = task.key_place("templates_per_row")
        report(settings.without_effect("templates_per_row", "on a single template", place))
    if task.few_shot.pick == "first" and task.few_shot.written("draws"):
        place = task.key_place("few_shot", "draws")
        report(settings.without_effect("draws", "under `pick = first`, which draws nothing", place))
    decoding = task.generate
    if decoding.top_p is not None and decoding.temperature is None:
        report(settings.without_effect("top_p", "under greedy decoding", task.key_place("generate", "top_p")))
    if decoding.beams > 1 and decoding.temperature is not None:
        report(sampled_beams(task.name).at(task.place("generate", "beams")))


def check_templates(task: Task, recipe: Recipe, report: Report) -> None:
    """All for one dataset, and all with choices or all without."""
    first = recipe.template(task.templates[0])
    dataset, said = task.dataset, task.place("dataset" if task.dataset else "templates")
    for index, name in enumerate(task.templates):
        other, place = recipe.template(name), task.place("templates", index)
        if other.columns is None and dataset is None:
            dataset, said = other.dataset, place
        elif other.columns is None and other.dataset != dataset:
            report(problems.templates_of_two_datasets(task.name, str(dataset), name, str(other.dataset), said, place))
        elif (other.choices is None) != (first.choices is None):
            report(problems.mixed_answers(task.name, task.place("templates", 0), place))


def check_columns(task: Task, recipe: Recipe, report: Report) -> None:
    """Templates over columns ask a dataset that has them."""
    over = [(i, t) for i, t in enumerate(map(recipe.template, task.templates)) if t.columns is not None]
    named = task.dataset or next((t.dataset for t in map(recipe.template, task.templates) if t.dataset), None)
    for index, template in over:
        place = task.place("templates", index)
        if named is None:
            report(no_dataset(task.name, template.name, template.key_place("columns"), place))
            continue
        dataset = recipe.dataset(named)
        known = recipe.columns(dataset)
        for column, wanted in (template.column_types or {}).items() if known is not None else ():
            if column in known and fits(known[column], wanted):
                continue
            found = describe(known[column]) if column in known else None
            labels = [Label(template.key_place("columns", column), "needed here")]
            labels += (
                [Label(dataset.key_place("columns", column), "declared here")] if found and dataset.columns else []
            )
            names = template.name, column, describe(wanted), dataset.name, found
            report(misfit_column(*names, list(known), place, tuple(labels)))


def check_score(task: Task, recipe: Recipe, report: Report) -> None:
    if task.score == "choose" and _choices(task, recipe) is None:
        report(problems.nothing_to_choose(task.name, task.place("score")))
    if _chooses(task, recipe) and task.written("generate"):
        reason = "where answers are chosen, not generated"
        report(settings.without_effect("generate", reason, task.key_place("generate")))


def check_few_shot(task: Task, recipe: Recipe, report: Report) -> None:
    """A conversation is asked as it stands: nothing comes before it. Without a number there are no exemplars, unless an
    evaluation gives one to the untouched model; of a library, another recipe's may.
    """
    if not task.written("few_shot"):
        return
    if all(recipe.template(name).messages is not None for name in task.templates):
        report(settings.without_effect("few_shot", "on whole conversations", task.key_place("few_shot")))
    elif not task.few_shot.written("shots") and recipe.has("recipe"):
        evaluations = recipe.blocks.get("evaluate", {}).values()
        if not any(recipe.shots(block, task) and task in recipe.leaves(block.tasks) for block in evaluations):
            report(settings.without_effect("few_shot", "without `shots`", task.key_place("few_shot")))


def check_cut(task: Task, recipe: Recipe, report: Report) -> None:
    """What is cut is a part of the prompt; a conversation has none."""
    if not isinstance(task.overlong, Cut):
        return
    column, known = task.overlong.column, recipe.columns(recipe.task_dataset(task))
    if known is not None and column not in known:
        return
    if all(column not in read_in_prompt(recipe.template(name), recipe) for name in task.templates):
        reason = f"where no prompt reads `{column}`: completions and conversations are never cut"
        report(settings.without_effect("overlong", reason, task.place("overlong", "column")))


def check_metrics(task: Task, recipe: Recipe, report: Report) -> None:
    """ROUGE of a choice says nothing, and a generated text has no likelihoods of choices."""
    chooses = _chooses(task, recipe)
    for index, metric in misfits(task, recipe):
        report(problems.metric_does_not_fit(metric.kind, task.name, chooses, task.place("metrics", index)))


def check_classes(task: Task, recipe: Recipe, report: Report) -> None:
    """Classes are counted among answers of which there are few, not among free texts."""
    found = [(index, metric) for index, metric in enumerate(task.metrics or ()) if metric.counts_classes]
    if found and all(answers_openly(recipe.template(name), recipe) for name in task.templates):
        for index, metric in found:
            report(problems.classes_of_open_answers(metric.kind, task.name, task.place("metrics", index)))


def check_repeated(task: Task, recipe: Recipe, report: Report) -> None:
    """One figure of a generated text has one spelling."""
    own = {metric.kind: index for index, metric in enumerate(task.metrics or ()) if as_it_is(metric)}
    if len(own) == 2 and not _chooses(task, recipe):
        report(accuracy_of_text(task.name, task.place("metrics", own["accuracy"])))


def as_it_is(metric: Metric) -> bool:
    """Whether it compares whole texts, spaces at their ends aside."""
    if metric.kind == "accuracy":
        return metric.per == "row"
    return (
        metric.kind == "exact_match" and metric.normalize is None and metric.case in (None, True) and not metric.ignore
    )


def misfits(task: Task, recipe: Recipe) -> list[tuple[int, Metric]]:
    """The metrics that cannot judge the task's answers, and where they stand in `metrics`."""
    judged = "choice" if _chooses(task, recipe) else "text"
    return [(index, metric) for index, metric in enumerate(task.metrics or ()) if judged not in metric.judges]


def _choices(task: Task, recipe: Recipe) -> object | None:
    return recipe.template(task.templates[0]).choices


def _chooses(task: Task, recipe: Recipe) -> bool:
    return task.score != "generate" and _choices(task, recipe) is not None


RULES = (
    check_settings,
    check_templates,
    check_columns,
    check_score,
    check_few_shot,
    check_cut,
    check_metrics,
    check_repeated,
    check_classes,
)
