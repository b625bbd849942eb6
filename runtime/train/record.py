"""`metrics.jsonl` and `timing.jsonl`: a line for each optimiser step, in order, no step twice."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.fitting import run_folder_gone
from recipe_lang.program.course import Step, Timing
from runtime.base.files import writing
from runtime.base.records import as_line, read_record, write_lines


class Record:
    """Appends lines to a file that holds those of the steps up to `after`, whatever it held before.

    Timings stand in a file of their own, so that two runs of a recipe have the same `metrics.jsonl` byte for byte. Of
    several processes one is `active`, and the others write nothing.
    """

    lost: int
    """Lines of steps up to `after` that the file should have held."""

    def __init__(self, path: Path, form: type[Step | Timing], *, after: int, active: bool = True) -> None:
        self.path, self._file, self.lost = path, None, 0
        if active:
            kept = [line for line in read_record(path.parent, path.name, form) if line.step <= after] if after else []
            self.lost = after - len({line.step for line in kept})
            write_lines(path, kept)
            with writing(path):
                self._file = path.open("ab")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            # What a full disk did not take is tried again here, and has been said.
            with suppress(OSError):
                self._file.close()

    def add(self, line: Step | Timing) -> None:
        if self._file is not None:
            # A file that was deleted would take lines that nobody ever reads.
            if os.fstat(self._file.fileno()).st_nlink == 0:
                raise Stop(run_folder_gone(str(self.path.parent)), exit_code=4)
            with writing(self.path):
                self._file.write(as_line(line))
                self._file.flush()

    def sync(self) -> None:
        """What was added outlives a power cut, as a checkpoint does that is written next: it is not added again."""
        if self._file is not None:
            with writing(self.path):
                os.fsync(self._file.fileno())
