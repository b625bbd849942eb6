"""What can be wrong with what is measured: figures that never come, comparisons without the other side, leaks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from recipe_lang.check.train import never_fires
from recipe_lang.diagnostics.problems import evaluation as problems
from recipe_lang.diagnostics.problems import settings
from recipe_lang.program.metrics import ends

if TYPE_CHECKING:
    from recipe_lang.check.result import Recipe, Report
    from recipe_lang.program.evaluate import Evaluate
    from recipe_lang.program.task import Task


def check_settings(block: Evaluate, recipe: Recipe, report: Report) -> None:
    if block.strict and not block.written("retain"):
        report(settings.without_effect("strict", "without `retain`", block.key_place("strict")))


def check_model(block: Evaluate, recipe: Recipe, report: Report) -> None:
    """Something is evaluated, and phases of training have training."""
    if recipe.has("train"):
        return
    if not block.written("model"):
        recipe.unnamed.add("model")
        report(problems.no_model_to_evaluate(block.place()))
    for index, phase in enumerate(block.when):
        if phase != "start" and block.written("when"):
            report(problems.phase_without_training(block.place("when", index)))


def check_cadence(block: Evaluate, recipe: Recipe, report: Report) -> None:
    train = recipe.train
    if train is None:
        return
    for index, phase in enumerate(block.when):
        if not isinstance(phase, str) and never_fires(phase.cadence, train):
            report(problems.evaluation_never(train.place("duration"), block.place("when", index)))


def check_sides(block: Evaluate, recipe: Recipe, report: Report) -> None:
    """Gains and losses compare `start` with `end`."""
    missing = [phase for phase in ("start", "end") if phase not in block.when]
    if not recipe.has("train"):
        missing = ["end"]
    if block.retain and missing:
        report(problems.nothing_to_compare("retain", missing, block.key_place("retain")))
    for index, requirement in enumerate(block.require):
        lacking = missing if requirement.gain else [p for p in missing if p == "end" and recipe.has("train")]
        if lacking:
            report(problems.nothing_to_compare("require", lacking, block.place("require", index)))
    if block.written("shots") and "start" not in block.when:
        reason = "without `start`, which measures the untouched model"
        report(settings.without_effect("shots", reason, block.key_place("shots")))


def check_named(block: Evaluate, recipe: Recipe, report: Report) -> None:
    """Limits, budgets and bars are for tasks that the block measures."""
    tasks = {task.name for task in recipe.leaves(block.tasks)}
    for setting, value in (("limit", block.limit), ("shots", block.shots)):
        for name in value if isinstance(value, dict) else ():
            if not {task.name for task in recipe.leaves([name])} <= tasks:
                report(problems.not_measured(name, setting, block.key_place(setting, name)))
    measured = {task.name for task in recipe.leaves(block.tasks) if not _never_judged(block, task, recipe)}
    for name in block.retain:
        if name not in measured:
            report(problems.not_measured(name, "retain", block.key_place("retain", name)))
    for index, requirement in enumerate(block.require):
        if requirement.task not in measured:
            report(problems.not_measured(requirement.task, "require", block.place("require", index)))


def check_bars(block: Evaluate, recipe: Recipe, report: Report) -> None:
    """A bar lies where the metric does, or it is reached always or never."""
    for requirement in block.require:
        value = requirement.value
        if (metric := recipe.metric(requirement)) is None:
            continue
        low, high = ends(metric, gain=requirement.gain)
        never = (requirement.comparison, value) in ((">", high), ("<", low))
        if never or not low <= value <= high:
            name = metric + (".gain" if requirement.gain else "")
            report(problems.out_of_the_metric(name, low, high, value, requirement.value_place))


def check_budgets(block: Evaluate, recipe: Recipe, report: Report) -> None:
    train = recipe.train
    trained = {task.name for task in recipe.leaves([train.data])} if train else set()
    for name in block.retain:
        metric = recipe.metrics(recipe.task(name))[0].partition("(")[0]
        if math.isinf(ends(metric, gain=False)[1]):
            report(problems.unbounded_budget(metric, name, block.key_place("retain", name)))
        elif name in trained and recipe.task_dataset(recipe.task(name)).purpose != "evaluation":
            report(problems.retained_and_trained(name, block.key_place("retain", name)))


def check_exemplars(block: Evaluate, recipe: Recipe, report: Report) -> None:
    """Exemplars never come from the split that is judged."""
    for task in recipe.leaves(block.tasks):
        numbers = [*recipe.shots(block, task), *task.few_shot.shots]
        if any(numbers) and task.few_shot.pool in judged(block, task, recipe):
            place = task.place("few_shot", "pool") if task.few_shot.written("pool") else block.place("shots")
            report(problems.pool_is_judged(task.name, task.few_shot.pool, place))


def check_seen(block: Evaluate, recipe: Recipe, report: Report) -> None:
    """Figures of rows that are trained on show memory, unless that is what they are for."""
    train = recipe.train
    if train is None or block.split != "train":
        return
    trained = {recipe.task_dataset(task).name for task in recipe.leaves([train.data])}
    for task in recipe.leaves(block.tasks):
        if recipe.task_dataset(task).name in trained:
            report(problems.measured_in_training(task.name, block.place("split")))
            return


def judged(block: Evaluate, task: Task, recipe: Recipe) -> set[str]:
    """The splits that a block judges a task on, as far as the recipe says which there are."""
    splits = recipe.task_dataset(task).split_names
    if block.split is not None:
        return {block.split}
    found = set()
    if splits is None or "start" in block.when or "end" in block.when:
        found.add("test" if splits is None or "test" in splits else "validation")
    if block.every:
        found.add("validation")
    return found if splits is None else found & set(splits)


def check_left_out(block: Evaluate, recipe: Recipe, report: Report) -> None:
    """A task that the block never judges, for want of a split."""
    for index, name in enumerate(block.tasks):
        if recipe.kind_of(name) == "task":
            task = recipe.task(name)
            if _never_judged(block, task, recipe):
                splits = recipe.task_dataset(task).split_names
                report(problems.never_measured(name, splits, block.place("tasks", index)))


def _never_judged(block: Evaluate, task: Task, recipe: Recipe) -> bool:
    return recipe.task_dataset(task).split_names is not None and not judged(block, task, recipe)


def check_repeated(block: Evaluate, recipe: Recipe, report: Report) -> None:
    """One figure has one block: the same task, split, phase and shots do not stand in two."""
    seen: dict[tuple[object, ...], Evaluate] = {}
    for other in recipe.evaluations:
        if other is block:
            break
        seen |= dict.fromkeys(_figures(other, recipe), other)
    for figure in _figures(block, recipe):
        if figure in seen:
            task, split = figure[:2]
            first = seen[figure].place("tasks")
            report(problems.measured_twice(str(task), str(split), first, block.place("tasks")))
            return


def _figures(block: Evaluate, recipe: Recipe) -> Iterator[tuple[object, ...]]:
    for task in recipe.leaves(block.tasks):
        for split in judged(block, task, recipe):
            for phase in block.when:
                word = phase if isinstance(phase, str) else (phase.cadence.amount, phase.cadence.unit)
                for shots in {*task.few_shot.shots, *(recipe.shots(block, task) if word == "start" else ())}:
                    if (split == "validation") or isinstance(phase, str):
                        yield task.name, split, word, shots


RULES = (
    check_settings,
    check_model,
    check_cadence,
    check_sides,
    check_named,
    check_bars,
    check_budgets,
    check_exemplars,
    check_seen,
    check_left_out,
    check_repeated,
)
