"""`metrics.jsonl` and `timing.jsonl`: a line for each optimiser step, in order, no step twice."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from runtime.base.files import read_lines, write_atomic, writing


class Record:
    """Appends lines to a file that holds those of the steps up to `after`, whatever it held before.

    Timings stand in a file of their own, so that two runs of a recipe have the same `metrics.jsonl` byte for byte. Of
    several processes one is `active`, and the others write nothing.
    """

    def __init__(self, path: Path, *, after: int, active: bool = True) -> None:
        self.path, self._file = path, None
        if active:
            kept = [line for line in read_lines(path) if line["step"] <= after] if after else []
            write_lines(path, kept)
            with writing(path):
                self._file = path.open("a", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            # What a full disk did not take is tried again here, and has been said.
            with suppress(OSError):
                self._file.close()

    def add(self, **fields: Any) -> None:
        if self._file is not None:
            with writing(self.path):
                self._file.write(_line(fields))
                self._file.flush()

    def sync(self) -> None:
        """What was added outlives a power cut, as a checkpoint does that is written next: it is not added again."""
        if self._file is not None:
            with writing(self.path):
                os.fsync(self._file.fileno())


def write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    write_atomic(path, "".join(map(_line, lines)))


def total_seconds(path: Path) -> float:
    return sum(line["seconds"] for line in read_lines(path))


def _line(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, allow_nan=False) + "\n"
