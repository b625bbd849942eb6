"""The run folder: what `runs/NAME/` holds, and when it may be written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import commands


def claim(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """Makes the folder ready. One with contents is refused unless it is to be resumed or overwritten."""
    if folder.is_file():
        raise Stop(commands.output_is_a_file(folder), exit_code=2)
    occupied = folder.is_dir() and any(folder.iterdir())
    if occupied and overwrite:
        shutil.rmtree(folder)
    elif occupied and not resume:
        raise Stop(commands.output_not_empty(folder), exit_code=2)
    folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def claimed(folder: Path, *, resume: bool = False, overwrite: bool = False) -> Iterator[None]:
    """The folder is ready once the body has gone through: what it replaces is gone only then, and a body that fails
    leaves no empty folder."""
    if not overwrite:
        claim(folder, resume=resume, overwrite=False)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            folder.rmdir()
        raise
    if overwrite:
        claim(folder, resume=False, overwrite=True)
