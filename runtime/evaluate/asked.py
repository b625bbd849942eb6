"""What an `evaluate` block asks in one phase: which tasks, on which split, with how many exemplars, on which rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.facts import Facts
from recipe_lang.program.program import Program
from recipe_lang.program.reach import asked_shots, judged_rows_limit, judged_split, leaf_tasks, per_group
from runtime.base.seeds import seed
from runtime.data import Examples
from runtime.data.rows.content import keyed_order


@dataclass(frozen=True, slots=True)
class Asked:
    """One figure to come: a task on a split with a number of exemplars."""

    task: str
    split: str
    shots: int
    draws: int
    """How often the exemplars are drawn anew."""


def asked(program: Program, block: Evaluate, phase: str, facts: Facts) -> list[Asked]:
    """In the order of the recipe; tasks that lack the phase's split are left out."""
    found = []
    for name in leaf_tasks(block.tasks, program):
        task = program.tasks[name]
        split = judged_split(block, facts.tasks.get(name, {}), between=phase not in ("base", "tuned"))
        if split is None:
            continue
        numbers = asked_shots(block, program, name, base=phase == "base")
        found += [Asked(name, split, shots, task.few_shot.draws if shots else 1) for shots in numbers]
    return found


def rows_for(program: Program, block: Evaluate, task: str, examples: Examples) -> Sequence[int]:
    """The examples that are evaluated: examples stand in a seeded order, so that the first ones are a sample, the same
    for every model, and a smaller limit's are among a larger one's. So are groups, which a metric of groups is asked
    whole."""
    limit = judged_rows_limit(block, program, task)
    if limit is None or limit >= len(examples):
        return range(len(examples))
    if per_group(program.tasks[task]):
        return _whole_groups(examples.groups, limit, seed(program.seed, "groups", task))
    return range(limit)


def _whole_groups(groups: np.ndarray, limit: int, key: int) -> list[int]:
    """Places of the first groups, in an order that their sizes do not change, that have at most `limit` examples
    together, and one group at least."""
    names, members, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = keyed_order(names, key)
    count = max(1, int(np.searchsorted(np.cumsum(sizes[order]), limit, side="right")))
    return np.flatnonzero(np.isin(members, order[:count])).tolist()
