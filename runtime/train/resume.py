"""Whether a run may go on with the recipe as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.document import Plan
from recipe_lang.program.program import Program

_BESIDE_TRAINING = frozenset({"name", "description", "suites", "evaluations"})


def check_unchanged(plan: Plan, training_hash: str, program: Program) -> None:
    """Raises `Stop` where what is trained is not what it was with this hash and program, and names the changes."""
    if plan.hashes.training != training_hash:
        raise Stop(fitting.changed_recipe(changes(program, plan.program)))


def changes(before: Program, now: Program) -> list[str]:
    """Settings that differ, as `train.learning_rate: was 0.0005, is 0.001`."""
    old, new = (program.model_dump(mode="json", by_alias=True) for program in (before, now))
    return [line for key in old if key not in _BESIDE_TRAINING for line in _compare(old[key], new[key], key)]


def _compare(old: Any, new: Any, path: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if key not in new:
                yield f"{path}.{key}: is gone"
            elif key not in old:
                yield f"{path}.{key}: is new"
            else:
                yield from _compare(old[key], new[key], f"{path}.{key}")
    elif old != new:
        yield f"{path}: was {_short(old)}, is {_short(new)}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"
