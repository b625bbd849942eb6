"""What an `evaluate` block asks in one phase: which tasks, on which split, with how many exemplars, on which rows."""

from __future__ import annotations

from dataclasses import dataclass

from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.facts import Facts
from recipe_lang.program.program import Program
from recipe_lang.program.reach import judged_rows_limit, judged_split, leaf_tasks


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
        numbers = {*task.few_shot.shots, *(block.shots if phase == "base" else ())}
        found += [Asked(name, split, shots, task.few_shot.draws if shots else 1) for shots in sorted(numbers)]
    return found


def rows_for(program: Program, block: Evaluate, task: str, count: int) -> range:
    """The examples that are evaluated: examples stand in a seeded order, so that the first ones are a sample, the same
    for every model, and a smaller limit's are among a larger one's."""
    limit = judged_rows_limit(block, program, task)
    return range(count if limit is None else min(count, limit))
