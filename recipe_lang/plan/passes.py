"""How often a run sees the same examples."""

from __future__ import annotations

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems import draws as problems
from recipe_lang.program.figures import Figures
from recipe_lang.program.program import Program
from recipe_lang.program.reach import leaf_tasks

MANY_PASSES = 4.0
"""Up to about four passes, repeated data is nearly as good as new data (arXiv:2305.16264)."""


def check_draws(program: Program, figures: Figures) -> list[Diagnostic]:
    """How often a mixture draws its examples: an error above its `max_repeats`, a warning above four times."""
    mixture = program.mixtures.get(program.train.data) if program.train is not None else None
    if mixture is None:
        return []
    name, found = program.train.data, []
    passes = {task.name: task.passes or 0.0 for task in figures.tasks}
    for task in leaf_tasks([name], program):
        if mixture.max_repeats is not None and passes[task] > mixture.max_repeats + 1e-9:
            found.append(problems.too_many_passes(name, task, passes[task], mixture.max_repeats))
        elif mixture.max_repeats is None and passes[task] > MANY_PASSES + 1e-9:
            found.append(problems.many_passes(name, task, passes[task]))
    return found
