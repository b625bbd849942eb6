"""What can be wrong with a suite."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from recipe_lang.check.mixture import check_except, check_nesting
from recipe_lang.diagnostics.problems import evaluation as problems
from recipe_lang.program.metrics import ends

if TYPE_CHECKING:
    from recipe_lang.check.result import Recipe, Report
    from recipe_lang.program.suite import Suite


def check_means(suite: Suite, recipe: Recipe, report: Report) -> None:
    """What has no upper end is less the better, and in no mean with what lies between 0 and 1."""
    for index, name in enumerate(suite.tasks):
        listed = name not in suite.except_ and (suite.average == "rows" or recipe.kind_of(name) == "task")
        for task in recipe.leaves([name]) if listed else ():
            metrics = recipe.metrics(task)
            for metric in metrics if suite.figure == "mean" else metrics[:1]:
                if math.isinf(ends(metric, gain=False)[1]):
                    report(problems.unbounded_mean(metric, task.name, suite.name, suite.place("tasks", index)))


RULES = (check_nesting, check_except, check_means)
