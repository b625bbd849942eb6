"""What can be wrong with the file as a whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipe_lang.check.evaluate import judged
from recipe_lang.check.guarded import home, inside
from recipe_lang.diagnostics.problems import data, evaluation, safety
from recipe_lang.diagnostics.suggest import closest

if TYPE_CHECKING:
    from recipe_lang.check.result import Recipe, Report
    from recipe_lang.program.recipe import Recipe as Header


def check_purpose(header: Header, recipe: Recipe, report: Report) -> None:
    if not recipe.has("train") and not recipe.has("evaluate"):
        report(evaluation.nothing_to_do(header.name, header.place()))


def check_output(header: Header, recipe: Recipe, report: Report) -> None:
    """A recipe writes into its own repository; the command line may name any folder."""
    if header.output is None or header.place("output").source.path is None:
        return
    if not inside(recipe.folder / header.output, home(recipe.folder / "recipe")):
        report(safety.output_outside(header.output, header.place("output")))


def check_splits(header: Header, recipe: Recipe, report: Report) -> None:
    """A split with a name of its own is drawn for exemplars, measured, or named where it is cut up or in a variant.

    Nothing is said of a dataset without a split that is measured: that is a problem of its own.
    """
    measured = [(block, task) for block in recipe.evaluations for task in recipe.leaves(block.tasks)]
    for dataset in recipe.blocks.get("dataset", {}).values():
        used = [judged(block, task, recipe) for block, task in measured if recipe.task_dataset(task) is dataset]
        if "." in dataset.name or not used or not all(used):
            continue
        usual = [name for name in USUAL if name not in (dataset.split_names or ())]
        for name in dataset.split_names or ():
            if name in (*USUAL, *set().union(*used)):
                continue
            named = len(re.findall(rf"(?<![\w.]){re.escape(name)}(?!\w)", recipe.source.text)) > 1
            guess = closest(name, usual)
            if not named and guess != "train":
                place = dataset.key_place("split" if dataset.split is not None else "source", name)
                report(data.unused_split(name, dataset.name, guess, place))


USUAL = ("train", "validation", "test")
"""Splits that have a use without being named."""

RULES = (check_purpose, check_output, check_splits)
