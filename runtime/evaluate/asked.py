"""What an `evaluate` block asks in one phase: which tasks, on which split, with how many exemplars, on which rows."""

from __future__ import annotations

from dataclasses import dataclass

from recipe_lang.program.facts import Facts
from recipe_lang.program.program import Evaluate, Program
from runtime.data.leaves import leaf_tasks


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
        split = split_for(block, phase, facts.tasks.get(name, {}))
        if split is None:
            continue
        numbers = {*task.few_shot.shots, *(block.shots if phase == "base" else ())}
        found += [Asked(name, split, shots, task.few_shot.draws if shots else 1) for shots in sorted(numbers)]
    return found


def split_for(block: Evaluate, phase: str, splits: dict) -> str | None:
    """The block's own split; else `test` before and after training (without one `validation`), `validation` between."""
    wanted = [block.split] if block.split else ["test", "validation"] if phase in ("base", "tuned") else ["validation"]
    return next((name for name in wanted if name in splits and splits[name].examples), None)


def rows_for(program: Program, block: Evaluate, task: str, count: int) -> range:
    """The examples that are evaluated: examples stand in a seeded order, so that the first ones are a sample, the same
    for every model, and a smaller limit's are among a larger one's."""
    limit = _limit(program, block, task)
    return range(count if limit is None else min(count, limit))


def _limit(program: Program, block: Evaluate, task: str) -> int | None:
    """The task's own, else that of a suite or mixture which holds it."""
    if not isinstance(block.limit, dict):
        return block.limit
    holding = (limit for name, limit in block.limit.items() if task in leaf_tasks([name], program))
    return block.limit[task] if task in block.limit else next(holding, None)
