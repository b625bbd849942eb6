"""What an untouched model answered, kept by what it was asked: where a run goes on, or a sweep trains the same model in
several ways, nothing is asked twice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from recipe_lang.diagnostics.model import Stop
from runtime.base.files import atomic_folder
from runtime.base.hashes import is_sealed, seal
from runtime.base.records import read_lines, write_lines
from runtime.evaluate.predictions import Answered

_ANSWERS = "answers.jsonl"


@dataclass(frozen=True, slots=True)
class Kept:
    folder: Path
    of: Mapping[str, Any]
    """All that answers depend on beside the questions: the weights, the arithmetic, the machine."""

    def read(self, asked: str, count: int) -> list[Answered] | None:
        """The answers to the questions of this digest, so many; None where they were not kept, or are not whole."""
        folder = self.folder / self._name(asked)
        with suppress(OSError, Stop):
            found = read_lines(folder, _ANSWERS, Answered) if is_sealed(folder) else []
            return found if len(found) == count else None
        return None

    def write(self, asked: str, answers: Sequence[Answered]) -> None:
        with atomic_folder(self.folder / self._name(asked)) as folder:
            write_lines(folder / _ANSWERS, answers)
            seal(folder)

    def _name(self, asked: str) -> str:
        return sha256(json.dumps([self.of, asked], sort_keys=True).encode()).hexdigest()
