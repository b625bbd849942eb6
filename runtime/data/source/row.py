"""A row as it stands in a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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


def repeated(names: Iterable[str]) -> str | None:
    """The first name that stands twice."""
    seen: set[str] = set()
    return next((name for name in names if name in seen or seen.add(name)), None)


class WrittenFloat(float):
    """A number of a JSON text, which knows how it was written: `1.50` is no other number than `1.5`, and another text.

    >>> number = WrittenFloat("1.50")
    >>> number, number.written
    (1.5, '1.50')
    """

    __slots__ = ("written",)

    def __new__(cls, written: str) -> WrittenFloat:
        number = super().__new__(cls, written)
        number.written = written
        return number


class WrittenObject(dict[str, Any]):
    """An object of a JSON text inside a columnar file: what is null in it was written so, not filled in."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands where a format holds what no type of a column does, which only matters where the column is read."""

    kind: str
    """In words: "a duration"."""

    def __str__(self) -> str:
        return self.kind
