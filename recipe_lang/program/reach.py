"""What names in a program reach: tasks under mixtures and suites, and the split that a task is judged on."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from recipe_lang.program.program import Evaluate, Program


def leaf_tasks(names: Iterable[str], program: Program, left_out: frozenset[str] = frozenset()) -> list[str]:
    """Tasks under these names, each once, in the order of first mention; mixtures (with what they replay) and suites
    are opened."""
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


def trained_tasks(program: Program) -> list[str]:
    return leaf_tasks([program.train.data], program) if program.train else []


def evaluated_tasks(program: Program) -> list[str]:
    return leaf_tasks([name for block in program.evaluations for name in block.tasks], program)


def judged_split(block: Evaluate, splits: Collection[str], *, between: bool) -> str | None:
    """The split that a block judges a task on: its own, else `test` (without one `validation`) before and after
    training, `validation` in between; None where the task has no such split, and is left out."""
    usual = ["validation"] if between else ["test", "validation"]
    wanted = usual if block.split is None else [block.split]
    return next((name for name in wanted if name in splits), None)


def judged_rows_limit(block: Evaluate, program: Program, task: str) -> int | None:
    """The block's limit for a task: its own, else that of a suite or mixture which holds it."""
    if not isinstance(block.limit, dict):
        return block.limit
    holding = (limit for name, limit in block.limit.items() if task in leaf_tasks([name], program))
    return block.limit[task] if task in block.limit else next(holding, None)
