"""What an `evaluate` block asks in one phase: which tasks, on which split, with how many exemplars, on which rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from recipe_lang.program.facts import Facts
from recipe_lang.program.program import Evaluate, Program
from runtime.data.example import Example
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


def limit_for(block: Evaluate, task: str) -> int | None:
    return block.limit.get(task) if isinstance(block.limit, dict) else block.limit


def sample(examples: Sequence[Example], limit: int | None, seed: int) -> list[int]:
    """Positions of the examples that are evaluated, in their order; a smaller limit's are among a larger one's."""
    if limit is None or limit >= len(examples):
        return list(range(len(examples)))
    keyed = (hashlib.sha256(f"{seed}\0{example.id}".encode()).digest() for example in examples)
    drawn = sorted(zip(keyed, range(len(examples)), strict=True))[:limit]
    return sorted(position for _, position in drawn)
