"""Whether a run may go on with the recipe as it is now."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.document import Plan
from recipe_lang.program.inputs import Inputs, moved
from recipe_lang.program.program import Program
from runtime.train.best import watched_metrics

_BESIDE_TRAINING = frozenset({"name", "description", "suites", "evaluations"})
_BESIDE_EVALUATION = frozenset({"name", "description", "train"})


def check_unchanged(plan: Plan, training_hash: str, evaluation_hash: str, program: Program) -> None:
    """Raises `Stop` where what is trained is not what it was with these hashes and this program, and names the changes.

    Where figures decide on the checkpoint to keep or on the end, so does what they are figures of: those before and
    those after a change cannot be compared.
    """
    train = plan.program.train
    if plan.hashes.training != training_hash:
        raise Stop(fitting.changed_recipe("it trains", changes(program, plan.program, _BESIDE_TRAINING)))
    if plan.hashes.evaluation != evaluation_hash and train is not None and watched_metrics(train):
        watched = " and ".join(f"`{name}`" for name in dict.fromkeys(watched_metrics(train).values()))
        different = changes(program, plan.program, _BESIDE_EVALUATION)
        raise Stop(fitting.changed_recipe(f"{watched} is measured on", different))


def check_inputs(before: Inputs | None, now: Inputs | None) -> None:
    """Raises `Stop` where data or models that a run has read are not what they were."""
    if found := moved(before, now):
        raise Stop(fitting.changed_recipe("it trains", [f"{kind[:-1]} {name}: is another" for kind, name in found]))


def changes(before: Program, now: Program, beside: Collection[str]) -> list[str]:
    """Settings that differ, as `train.learning_rate: was 0.0005, is 0.001`, but for these parts of a program."""
    old, new = (program.model_dump(mode="json", by_alias=True) for program in (before, now))
    return [line for key in old if key not in beside for line in _compare(old[key], new[key], key)]


def _compare(old: Any, new: Any, path: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if key not in new:
                yield f"{path}.{key}: is gone"
            elif key not in old:
                yield f"{path}.{key}: is new"
            else:
                yield from _compare(old[key], new[key], f"{path}.{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from _compare(*pair, f"{path}[{index}]")
    elif old != new:
        yield f"{path}: was {_short(old)}, is {_short(new)}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"
