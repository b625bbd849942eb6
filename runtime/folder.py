"""The run folder: what `runs/NAME/` holds, when it may be written, and when a run in it may go on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, Field

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems import commands, fitting
from recipe_lang.program.document import Plan
from recipe_lang.program.lock import Lock, drift
from runtime.base.documents import Form, Unreadable, document
from runtime.base.files import writing

UNTOUCHED = "untouched"
"""What models answered before they were trained; a sweep's combinations share one beside their folders."""
HELD = frozenset(
    {
        "plan.json",
        "recipe.lock",
        "metrics.jsonl",
        "timing.jsonl",
        "validation.jsonl",
        "processes.log",
        "trackers",
        "checkpoints",
        "predictions",
        UNTOUCHED,
        "model",
        "model-merged",
        "base",
        "results.json",
        "report.html",
        "README.md",
    }
)
"""Everything that a run writes into its folder."""


class _AnyPlan(BaseModel):
    """`plan.json` of any version."""

    hashes: dict[str, str] = Field(min_length=1)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Nobody else runs in the folder meanwhile. Raises `Stop` (IFT027) where somebody does."""
    folder = folder.resolve()
    lock = FileLock(folder.parent / f".{folder.name}.lock")
    try:
        with writing(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(blocking=False)
    except Timeout:
        raise Stop(commands.run_in_progress(folder), exit_code=2) from None
    try:
        yield
    finally:
        lock.release()


def is_new(folder: Path) -> bool:
    """Whether no run has begun in it: there is nothing to go on with."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


@contextmanager
def claimed(folder: Path, inputs: Iterable[Path], *, resume: bool | None, overwrite: bool) -> Iterator[None]:
    """The folder is ready once the body has gone through: what it replaces is set aside only then, and a body that
    fails leaves no empty folder. One with contents is refused unless it is to be resumed or overwritten, and one with
    `inputs` in it is not overwritten. `resume`: None where the command goes on with nothing."""
    if folder.is_file():
        raise Stop(commands.output_is_a_file(folder), exit_code=2)
    occupied = not is_new(folder)
    if occupied and not (resume or overwrite):
        raise Stop(commands.output_not_empty(folder, resumable=resume is not None), exit_code=2)
    if occupied and overwrite:
        _check_a_run(folder)
        refuse_to_replace(folder, inputs)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            folder.rmdir()
        raise
    if occupied and overwrite:
        _set_aside(folder.resolve())
        folder.resolve().mkdir()


def _set_aside(folder: Path) -> None:
    """An earlier run that was set aside, and whose successor came to nothing, stays the one that is kept."""
    kept = _aside(folder)
    if kept.exists():
        shutil.rmtree(folder)
    else:
        folder.rename(kept)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.before")


def drop_replaced(folder: Path) -> None:
    """The run in the folder stands: the one that it replaces is deleted."""
    shutil.rmtree(_aside(folder.resolve()), ignore_errors=True)


def refuse_to_replace(folder: Path, inputs: Iterable[Path]) -> None:
    """Raises `Stop` (IFT030) where something that the new run reads stands in the folder."""
    for path in inputs:
        for place in (Path(os.path.abspath(path)), path.resolve()):
            if place.is_relative_to(folder.resolve()) or place.is_relative_to(Path(os.path.abspath(folder))):
                raise Stop(commands.input_in_run_folder(folder, path), exit_code=2)


def _check_a_run(folder: Path) -> None:
    """Only what runs wrote is ever deleted, and a run begins with its plan."""
    foreign = sorted(entry.name for entry in folder.iterdir() if entry.name not in HELD and entry.suffix != ".tmp")
    if foreign:
        raise Stop(commands.not_a_run_folder(folder, foreign), exit_code=2)
    try:
        document(folder / "plan.json", _AnyPlan)
    except Unreadable:
        raise Stop(commands.no_plan_in_folder(folder), exit_code=2) from None


def tidy(folder: Path) -> None:
    """Takes away what killed processes had begun to write there; only for the run that owns the folder."""
    for leftover in sorted(folder.rglob(".*.tmp")):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def is_gone(folder: Path) -> bool:
    """Whether the folder of a run that goes on no longer holds it: a run begins with its plan."""
    return not (folder / "plan.json").exists()


def check_resumable(folder: Path, plan: Plan, lock: Lock) -> list[Diagnostic]:
    """Raises `Stop` (IFT755) where what is trained, or data or models that the run has read, are not what they were;
    before anything is written. Warnings: what can no longer be compared."""
    from runtime.train.checkpoint import steps
    from runtime.train.resume import check_inputs, check_unchanged

    if before := _read(folder / "plan.json", Plan):
        check_unchanged(plan, before.hashes.training, before.hashes.evaluation, before.program)
    locked = _read(folder / "recipe.lock", Lock)
    if locked is not None:
        # A name that only one side has is the plan's concern.
        moved = [f"{kind[:-1]} {name}: {field} {words}" for kind, name, field, words in drift(locked, lock) if field]
        if moved:
            raise Stop(fitting.changed_recipe("it trains", moved))
    if before and before.facts and plan.facts:
        check_inputs(before.facts.inputs, plan.facts.inputs)
    return [fitting.lock_lost("recipe.lock")] if locked is None and steps(folder / "checkpoints") else []


def _read(path: Path, form: type[Form]) -> Form | None:
    """What an earlier start wrote; None where it came to nothing that can be read."""
    try:
        return document(path, form, strict=True)
    except Unreadable:
        return None
