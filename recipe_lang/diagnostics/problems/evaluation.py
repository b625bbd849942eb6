"""Problems with tasks and evaluations that the recipe alone shows (800 to 849)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, Label, Place, problem
from recipe_lang.diagnostics.problems.wording import counted, quoted


def templates_of_two_datasets(
    task: str, dataset: str, template: str, other: str, first: Place, place: Place
) -> Diagnostic:
    message = f"task `{task}` has templates for two datasets: `{dataset}`, and `{other}` in `{template}`"
    help = "make a task of each, and put both into a mixture"
    return problem("IFT800", message, place, help, label=f"for `{other}`", related=(Label(first, f"for `{dataset}`"),))


def mixed_answers(task: str, first: Place, place: Place) -> Diagnostic:
    message = f"task `{task}` mixes templates with choices and templates without"
    help = "make a task of each: a choice and a free text are not scored alike"
    return problem("IFT801", message, place, help, related=(Label(first, "the other kind"),))


def nothing_to_choose(task: str, place: Place) -> Diagnostic:
    message = f"task `{task}` is scored by choosing, but its templates have no `choices`"
    return problem("IFT802", message, place, "add `choices = […]` to the templates, or leave `score` out")


def metric_does_not_fit(metric: str, task: str, chooses: bool, place: Place) -> Diagnostic:
    if chooses:
        message = f"`{metric}` compares free texts, but task `{task}` chooses among closed answers"
        help = "use `accuracy`, `accuracy_norm`, `macro_f1` or `mcc`, or set `score = generate`"
    else:
        message = f"`{metric}` needs the likelihood of every choice, but task `{task}` generates text"
        help = "use `accuracy`, or add `choices` to the templates"
    return problem("IFT803", message, place, help)


def classes_of_open_answers(metric: str, task: str, place: Place) -> Diagnostic:
    message = (
        f"`{metric}` takes every different answer of task `{task}` for a class of its own, and its answers are open"
    )
    return problem("IFT817", message, place, "use `exact_match` or `rougeL`, or add `choices` to the templates")


def no_model_to_evaluate(place: Place) -> Diagnostic:
    message = "nothing says which model to evaluate"
    return problem("IFT804", message, place, "add `model = NAME`, or a `train` block whose model is then evaluated")


def phase_without_training(place: Place) -> Diagnostic:
    message = "a recipe without `train` has only a `start`"
    return problem("IFT805", message, place, "write `when = [start]`, or add a `train` block")


def evaluation_never(duration: Place | None, where: Place | str) -> Diagnostic:
    """A pointer without the run's place, where only the data shows it."""
    message = "this evaluation never comes: the run ends before"
    help = "choose a cadence that is shorter than the run, or `end`"
    return problem("IFT806", message, where, help, related=(Label(duration, "the run"),) if duration else ())


def nothing_to_compare(setting: str, missing: Sequence[str], place: Place) -> Diagnostic:
    message = f"`{setting}` needs figures of {quoted(missing, ' and ')}, which this block does not measure"
    return problem("IFT807", message, place, "write `when = [start, end]`, in a recipe that trains")


def not_measured(name: str, setting: str, place: Place) -> Diagnostic:
    message = f"`{setting}` names `{name}`, which this block does not measure"
    return problem("IFT808", message, place, "add it to `tasks`, with a split that it is judged on, or remove it here")


def unbounded_budget(metric: str, task: str, place: Place) -> Diagnostic:
    message = f"the main metric of task `{task}` is `{metric}`, which has no upper end: points of it mean nothing"
    return problem("IFT809", message, place, "put another metric first in the task's `metrics`")


def unbounded_mean(metric: str, task: str, suite: str, place: Place) -> Diagnostic:
    message = (
        f"suite `{suite}` averages `{metric}` of task `{task}`, which has no upper end and is better the less it is"
    )
    help = "put another metric first in the task's `metrics`, or take the task out of the suite"
    return problem("IFT819", message, place, help)


def retained_and_trained(task: str, place: Place) -> Diagnostic:
    message = f"task `{task}` is trained on: that it is not forgotten says nothing about other abilities"
    return problem("IFT810", message, place, "retain tasks that the mixture does not train")


def pool_is_judged(task: str, pool: str, where: Place | str) -> Diagnostic:
    """A pointer, where only the data shows which splits there are."""
    message = f"exemplars of task `{task}` would come from `{pool}`, the split that is judged"
    help = "draw them from another split" + ("" if pool == "train" else ", such as `train`")
    return problem("IFT811", message, where, help)


def never_measured(task: str, splits: Sequence[str], place: Place) -> Diagnostic:
    message = f"task `{task}` is never measured here: its dataset has only {quoted(splits)}"
    return problem("IFT812", message, place, "give the dataset a `test` or `validation` split, or say `split = NAME`")


def measured_twice(task: str, split: str, first: Place, place: Place) -> Diagnostic:
    message = f"task `{task}` is measured twice on `{split}` in the same phase"
    help = "take it out of one block, or give the blocks different phases or splits"
    return problem("IFT813", message, place, help, related=(Label(first, "measured here already"),))


def nothing_to_do(recipe: str, place: Place) -> Diagnostic:
    message = f"recipe `{recipe}` neither trains nor evaluates anything"
    return problem("IFT814", message, place, "add a `train` or an `evaluate` block")


def out_of_the_metric(metric: str, low: float, high: float, value: float, place: Place) -> Diagnostic:
    """A bar that no value can reach or miss. `low` and `high` are the metric's ends."""
    if math.isinf(high):
        message, help = f"`{metric}` is never below {low:g}", "choose a bar that the metric can reach"
    else:
        message = f"`{metric}` lies between {low:g} and {high:g}"
        meant = (
            f"`{value:g}%` or `{value / 100:g}`" if high < value <= 100 else f"a number up to {high:g}, or a percentage"
        )
        help = f"write {meant}"
    return problem("IFT815", message, place, help)


def measured_in_training(task: str, place: Place) -> Diagnostic:
    help = "measure on a split of its own, such as `test`; figures of training rows show memory"
    return problem("IFT816", f"task `{task}` is measured on rows that are trained on", place, help)


def budget_out_of_sight(task: str, budget: float, smallest: float, rows: int, groups: int, pointer: str) -> Diagnostic:
    """`budget` and `smallest` are fractions; `rows` are those that the task is judged on, drawn in `groups`."""
    judged = f"{rows:,} rows" + (f" in {groups:,} groups" if groups < rows else "")
    allowed, seen = f"{100 * budget:.3g}", f"{100 * smallest:.2g}"
    message = f"`retain` allows task `{task}` to drop by {allowed} points, but {judged} show drops from about {seen} on"
    help = "judge more rows (`limit`), or allow a drop that these can show: a smaller one stays undecided"
    return problem("IFT818", message, pointer, help)


def pool_is_small(task: str, shots: int, pool: str, dataset: str, rows: int, pointer: str) -> Diagnostic:
    message = (
        f"task `{task}` is asked with {counted(shots, 'exemplar')}, and split `{pool}` of `{dataset}` has "
        f"{counted(rows, 'row')}: prompts hold no more, whatever the figures are called"
    )
    help = "ask with fewer exemplars, or take them from a larger split: `few_shot { pool = … }`"
    return problem("IFT820", message, pointer, help)
