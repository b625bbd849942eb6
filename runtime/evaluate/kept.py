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

from runtime.base.files import read_lines, write_atomic
from runtime.evaluate.predictions import Answered, answered_from_json, answered_to_json


@dataclass(frozen=True, slots=True)
class Kept:
    folder: Path
    of: Mapping[str, Any]
    """All that answers depend on beside the questions: the weights, the arithmetic, the machine."""

    def read(self, asked: str, count: int) -> list[Answered] | None:
        """The answers to the questions of this digest, so many; None where they were not kept, or not whole."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = [answered_from_json(line) for line in read_lines(self._file(asked))]
            return found if len(found) == count else None
        return None

    def write(self, asked: str, answers: Sequence[Answered]) -> None:
        lines = [json.dumps(answered_to_json(answered), ensure_ascii=False) for answered in answers]
        write_atomic(self._file(asked), "".join(line + "\n" for line in lines))

    def _file(self, asked: str) -> Path:
        name = sha256(json.dumps([self.of, asked], sort_keys=True).encode()).hexdigest()
        return self.folder / f"{name}.jsonl"
