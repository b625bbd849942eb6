"""Problems with tasks and evaluations that the recipe alone shows (800 to 849)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, Label, Place
from recipe_lang.diagnostics.problems.wording import counted


def templates_of_two_datasets(
    task: str, dataset: str, template: str, other: str, first: Place, place: Place
) -> Diagnostic:
    return Diagnostic(
        "IFT800",
        "error",
        f"task `{task}` has templates for two datasets: `{dataset}`, and `{other}` in `{template}`",
        place,
        f"for `{other}`",
        (Label(first, f"for `{dataset}`"),),
        "make a task of each, and put both into a mixture",
    )


def mixed_answers(task: str, first: Place, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT801",
        "error",
        f"task `{task}` mixes templates with choices and templates without",
        place,
        related=(Label(first, "the other kind"),),
        help="make a task of each: a choice and a free text are not scored alike",
    )


def nothing_to_choose(task: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT802",
        "error",
        f"task `{task}` is scored by choosing, but its templates have no `choices`",
        place,
        help="add `choices = […]` to the templates, or leave `score` out",
    )


def metric_does_not_fit(metric: str, task: str, chooses: bool, place: Place) -> Diagnostic:
    if chooses:
        message = f"`{metric}` compares free texts, but task `{task}` chooses among closed answers"
        cure = "use `accuracy`, `accuracy_norm`, `macro_f1` or `mcc`, or set `score = generate`"
    else:
        message = f"`{metric}` needs the likelihood of every choice, but task `{task}` generates text"
        cure = "use `accuracy`, or add `choices` to the templates"
    return Diagnostic("IFT803", "error", message, place, help=cure)


def classes_of_open_answers(metric: str, task: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT817",
        "warning",
        f"`{metric}` takes every different answer of task `{task}` for a class of its own, and its answers are open",
        place,
        help="use `exact_match` or `rougeL`, or add `choices` to the templates",
    )


def no_model_to_evaluate(place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT804",
        "error",
        "nothing says which model to evaluate",
        place,
        help="add `model = NAME`, or a `train` block whose model is then evaluated",
    )


def phase_without_training(place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT805",
        "error",
        "a recipe without `train` has only a `start`",
        place,
        help="write `when = [start]`, or add a `train` block",
    )


def evaluation_never(duration: Place | None, place: Place | None, pointer: str | None = None) -> Diagnostic:
    """With `pointer`, where only the data shows it."""
    return Diagnostic(
        "IFT806",
        "error",
        "this evaluation never comes: the run ends before",
        place,
        related=(Label(duration, "the run"),) if duration else (),
        help="choose a cadence that is shorter than the run, or `end`",
        pointer=pointer,
    )


def nothing_to_compare(setting: str, missing: Sequence[str], place: Place) -> Diagnostic:
    phases = " and ".join(f"`{phase}`" for phase in missing)
    return Diagnostic(
        "IFT807",
        "error",
        f"`{setting}` needs figures of {phases}, which this block does not measure",
        place,
        help="write `when = [start, end]`, in a recipe that trains",
    )


def not_measured(name: str, setting: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT808",
        "error",
        f"`{setting}` names `{name}`, which this block does not measure",
        place,
        help="add it to `tasks`, with a split that it is judged on, or remove it here",
    )


def unbounded_budget(metric: str, task: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT809",
        "error",
        f"the main metric of task `{task}` is `{metric}`, which has no upper end: points of it mean nothing",
        place,
        help="put another metric first in the task's `metrics`",
    )


def unbounded_mean(metric: str, task: str, suite: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT819",
        "error",
        f"suite `{suite}` averages `{metric}` of task `{task}`, which has no upper end and is better the less it is",
        place,
        help="put another metric first in the task's `metrics`, or take the task out of the suite",
    )


def retained_and_trained(task: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT810",
        "warning",
        f"task `{task}` is trained on: that it is not forgotten says nothing about other abilities",
        place,
        help="retain tasks that the mixture does not train",
    )


def pool_is_judged(task: str, pool: str, place: Place | None, pointer: str | None = None) -> Diagnostic:
    """With `pointer`, where only the data shows which splits there are."""
    return Diagnostic(
        "IFT811",
        "error",
        f"exemplars of task `{task}` would come from `{pool}`, the split that is judged",
        place,
        help="draw them from another split" + ("" if pool == "train" else ", such as `train`"),
        pointer=pointer,
    )


def never_measured(task: str, splits: Sequence[str], place: Place) -> Diagnostic:
    listed = ", ".join(f"`{split}`" for split in splits)
    return Diagnostic(
        "IFT812",
        "warning",
        f"task `{task}` is never measured here: its dataset has only {listed}",
        place,
        help="give the dataset a `test` or `validation` split, or say `split = NAME`",
    )


def measured_twice(task: str, split: str, first: Place, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT813",
        "error",
        f"task `{task}` is measured twice on `{split}` in the same phase",
        place,
        related=(Label(first, "measured here already"),),
        help="take it out of one block, or give the blocks different phases or splits",
    )


def nothing_to_do(recipe: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT814",
        "warning",
        f"recipe `{recipe}` neither trains nor evaluates anything",
        place,
        help="add a `train` or an `evaluate` block",
    )


def out_of_the_metric(metric: str, low: float, high: float, value: float, place: Place) -> Diagnostic:
    """A bar that no value can reach or miss. `low` and `high` are the metric's ends."""
    if math.isinf(high):
        message, cure = f"`{metric}` is never below {low:g}", "choose a bar that the metric can reach"
    else:
        message, cure = (
            f"`{metric}` lies between {low:g} and {high:g}",
            f"write a number up to {high:g}, or a percentage",
        )
        if high < value <= 100:
            cure = f"write `{value:g}%` or `{value / 100:g}`"
    return Diagnostic("IFT815", "error", message, place, help=cure)


def measured_in_training(task: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT816",
        "warning",
        f"task `{task}` is measured on rows that are trained on",
        place,
        help="measure on a split of its own, such as `test`; figures of training rows show memory",
    )


def budget_out_of_sight(task: str, budget: float, smallest: float, rows: int, groups: int, pointer: str) -> Diagnostic:
    """`budget` and `smallest` are fractions; `rows` are those that the task is judged on, drawn in `groups`."""
    judged = f"{rows:,} rows" + (f" in {groups:,} groups" if groups < rows else "")
    allowed, seen = f"{100 * budget:.3g}", f"{100 * smallest:.2g}"
    return Diagnostic(
        "IFT818",
        "warning",
        f"`retain` allows task `{task}` to drop by {allowed} points, but {judged} show drops from about {seen} on",
        pointer=pointer,
        help="judge more rows (`limit`), or allow a drop that these can show: a smaller one stays undecided",
    )


def pool_is_small(task: str, shots: int, pool: str, dataset: str, rows: int, pointer: str) -> Diagnostic:
    return Diagnostic(
        "IFT820",
        "warning",
        f"task `{task}` is asked with {counted(shots, 'exemplar')}, and split `{pool}` of `{dataset}` has "
        f"{counted(rows, 'row')}: prompts hold no more, whatever the figures are called",
        pointer=pointer,
        help="ask with fewer exemplars, or take them from a larger split: `few_shot { pool = … }`",
    )
