"""Recipe text and the only place that knows lines and columns.

Everything behind this module counts in code-point offsets into `Source.text`, which has no byte-order
mark and only `\n` line ends. `Source.file_offset` maps such an offset back to the file as it is on disk
(text decoded as UTF-8, line ends untouched), which is what editors and fixes need.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path


def relative_name(path: Path, folder: Path) -> str:
    """A path as messages and plans show it: relative to a folder, with `/`; whole where it is on another drive."""
    try:
        return os.path.relpath(path, folder).replace(os.sep, "/")
    except ValueError:
        return Path(os.path.abspath(path)).as_posix()


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range of code-point offsets into `Source.text`."""

    start: int
    end: int

    def __or__(self, other: Span) -> Span:
        """The smallest span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))

    def __contains__(self, inner: Span) -> bool:
        return self.start <= inner.start and inner.end <= self.end


@dataclass(frozen=True, slots=True)
class Position:
    """1-based line and column; columns count code points."""

    line: int
    column: int


@dataclass(frozen=True)
class Source:
    """One text with the name that messages show for it (`--set` for the command line)."""

    name: str
    text: str
    newline: str = "\n"
    byte_order_mark: bool = False
    path: Path | None = None
    """The file that it was read from; None for the command line."""
    _returns: tuple[int, ...] = field(default=(), repr=False)
    """Offsets in `text` of the `\n` that stand for `\r\n` in the file."""

    @classmethod
    def from_file_text(cls, name: str, raw: str, path: Path | None = None) -> Source:
        """Normalise a decoded file: the mark and `\r` of `\r\n` (or a lone `\r`) go, and are remembered."""
        mark = raw.startswith("\ufeff")
        body = raw[1:] if mark else raw
        if "\r" not in body:
            return cls(name, body, "\n", mark, path)
        returns: list[int] = []
        parts = body.split("\r\n")
        length = 0
        for part in parts[:-1]:
            length += len(part)
            returns.append(length)
            length += 1
        text = "\n".join(parts).replace("\r", "\n")
        return cls(name, text, "\r\n" if returns else "\r", mark, path, tuple(returns))

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return starts

    def position(self, offset: int) -> Position:
        """Line and column of an offset; offsets past the end are clamped to it."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1)

    def offset(self, line: int, column: int = 1) -> int:
        """The offset of a 1-based line and column; the inverse of `position`."""
        return self._line_starts[line - 1] + column - 1

    def line_text(self, line: int) -> str:
        """The text of a 1-based line without its line end."""
        start = self._line_starts[line - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]

    def file_offset(self, offset: int) -> int:
        """The code-point offset in the file as stored, marks and `\r\n` counted."""
        return offset + bisect_right(self._returns, offset - 1) + (1 if self.byte_order_mark else 0)

    def slice(self, span: Span) -> str:
        return self.text[span.start : span.end]
