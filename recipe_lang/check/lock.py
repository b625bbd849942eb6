"""`RECIPE.lock` in the check: facts of the outside world that are at hand without looking there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from recipe_lang.check.guarded import home, read
from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.commands import broken_lock

if TYPE_CHECKING:
    from recipe_lang.check.result import Report
    from recipe_lang.program.lock import Lock

SIZE_LIMIT = 4 << 20
"""Bytes: a lock holds a few lines a model and a column."""


def lock_path(recipe: Path) -> Path:
    """`study.ift.lock` beside `study.ift`."""
    return recipe.with_name(f"{recipe.name}.lock")


def lock_beside(recipe: Path, report: Report) -> Lock | None:
    """The lock of a recipe; reports one that is none."""
    path = lock_path(recipe)
    try:
        return read_lock(path)
    except Stop as stop:
        for diagnostic in stop.diagnostics:
            report(diagnostic)
    return None


def read_lock(path: Path) -> Lock | None:
    """The lock, None where there is none. `Stop` where the file is something else."""
    try:
        data = read(path, home(path), SIZE_LIMIT)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Stop(broken_lock(path.as_posix(), error.strerror or str(error)), exit_code=2) from error
    if len(data) > SIZE_LIMIT:
        raise Stop(broken_lock(path.as_posix(), f"it has more than {SIZE_LIMIT >> 20} MiB"), exit_code=2)
    # Imported here: most recipes that are checked have no lock, and its models take time to build.
    from pydantic import ValidationError

    from recipe_lang.program.lock import Lock

    try:
        return Lock.from_json(data)
    except (ValidationError, RecursionError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "it is nested too deeply"
        raise Stop(broken_lock(path.as_posix(), reason), exit_code=2) from error
