"""The tasks under names of tasks, mixtures and suites."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.program.program import Program


def leaf_tasks(names: Sequence[str], program: Program, left_out: frozenset[str] = frozenset()) -> list[str]:
    """Each once, in the order of first mention."""
    found: dict[str, None] = {}
    for name in names:
        if name in left_out:
            continue
        if name in program.tasks:
            found[name] = None
        elif name in program.mixtures:
            mixture = program.mixtures[name]
            found |= dict.fromkeys(leaf_tasks(mixture.tasks, program, left_out | set(mixture.except_)))
            if mixture.replay is not None:
                found |= dict.fromkeys(leaf_tasks(mixture.replay.tasks, program, left_out))
        else:
            found |= dict.fromkeys(leaf_tasks(program.suites[name].tasks, program, left_out))
    return list(found)


def trained_tasks(program: Program) -> set[str]:
    return set(leaf_tasks([program.train.data], program)) if program.train is not None else set()


def evaluated_tasks(program: Program) -> set[str]:
    return {task for block in program.evaluations for task in leaf_tasks(block.tasks, program)}
