"""Settings of the language that this engine does not execute: refused before anything is loaded, never left out."""

from __future__ import annotations

from collections.abc import Iterator

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems.engine import not_executed
from recipe_lang.program.program import Program


def refuse(program: Program) -> None:
    """Raises `Stop` with a diagnostic for each of them."""
    found = list(_refused(program))
    if found:
        raise Stop(*found)


def _refused(program: Program) -> Iterator[Diagnostic]:
    train = program.train
    if train and train.track:
        yield not_executed("track", "leave it out: `metrics.jsonl` and `report.html` hold the curves", "/train/track")
    if train and train.compile:
        yield not_executed("compile", "leave it out", "/train/compile")
    for index, block in enumerate(program.evaluations):
        if block.seeds > 1:
            cure = "leave it out, and repeat the run with `sweep { recipe.seed = [1, 2, 3] }`"
            yield not_executed("seeds", cure, f"/evaluations/{index}/seeds")
