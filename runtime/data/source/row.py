"""A row as it stands in a file."""

from __future__ import annotations

from typing import Any, NamedTuple

Values = dict[str, Any]
"""Column → value, as a file has it."""


class SourceRow(NamedTuple):
    """`number` counts the rows of a file from 1, the header left out; `line` is the line that the row ends on.

    Either `values` or `problem` (why there is none) is set.
    """

    number: int
    line: int | None
    values: Values | None
    problem: str | None = None

    @property
    def position(self) -> str:
        return f"row {self.number}" if self.line is None else f"row {self.number} (line {self.line})"
