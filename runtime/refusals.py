"""What this engine or this machine cannot do: refused before anything is loaded, never left out in silence."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems.engine import not_executed
from recipe_lang.diagnostics.problems.fitting import package_missing
from recipe_lang.program.program import Program


def refuse(program: Program) -> None:
    """Raises `Stop` with a diagnostic for each setting of the language that this engine does not execute."""
    found = list(_not_executed(program))
    if found:
        raise Stop(*found)


def refuse_missing_packages(program: Program) -> None:
    """Raises `Stop` where a package that the run would import late is not installed. (accelerate leaves out a tracker
    that is missing without a word.)"""
    found = [package_missing(*needed) for needed in _needed(program) if find_spec(needed[0]) is None]
    if found:
        raise Stop(*found, exit_code=4)


def _not_executed(program: Program) -> Iterator[Diagnostic]:
    for index, block in enumerate(program.evaluations):
        if block.seeds > 1:
            cure = "leave it out, and repeat the run with `sweep { recipe.seed = [1, 2, 3] }`"
            yield not_executed("seeds", cure, f"/evaluations/{index}/seeds")


def _needed(program: Program) -> Iterator[tuple[str, str, str]]:
    """Package, setting, pointer to the setting."""
    train = program.train
    if train is None:
        return
    for name in train.track:
        yield name, f"track = [{name}]", "/train/track"
    if train.optimizer.kind == "adamw_8bit":
        yield "bitsandbytes", "optimizer = adamw_8bit", "/train/optimizer"
