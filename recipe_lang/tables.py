"""Tables as text, for every command: names and numbers are whole at any width.

The order of the columns is their rank. Where a terminal is too narrow, texts wrap between words, then the last columns
stand beneath their row with their names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from recipe_lang.diagnostics.render.visible import columns_of, paint, printable

GAP = 3
INDENT = 2
UNSAID = 80
"""Columns of a terminal that does not say how many it has."""

NUMBER = r"[+−±-]?\d[\d,.]*(e[+-]?\d+)?%?"
FIGURE = re.compile(rf"({NUMBER}( (to|→) {NUMBER})?( \(\d+%\)|\*| [KMGT]?i?B| s)?)?|–")
"""A cell of figures, or one without."""


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    head: Sequence[str]
    """Empty where the columns have no names."""
    rows: Sequence[Sequence[str]]
    styles: Mapping[str, str] = field(default_factory=dict)
    """Text of a cell → its style."""


def width_of(stream: TextIO) -> int | None:
    """Columns of a terminal; None elsewhere, where nothing has to wrap."""
    if not stream.isatty():
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or UNSAID
    except OSError:
        return UNSAID


def text_of(table: Table, width: int | None = None, *, colour: bool = False) -> str:
    """The table's lines. `width` in columns of a terminal."""
    head, *rows = ([printable(cell) for cell in row] for row in (table.head or [""] * len(table.rows[0]), *table.rows))
    columns = [_Column(name, cells) for name, *cells in zip(head, *rows, strict=True)]
    kept, widths = len(columns), _widths(columns, width)
    while widths is None and kept > 1:
        kept -= 1
        widths = _widths(columns[:kept], width)
    widths = widths or [width or 0]
    lines = [paint("bold", table.title, colour)]
    if table.head:
        lines += [paint("dim", line, colour) for line in _lines(columns, head[:kept], widths)]
        lines.append(paint("dim", "─" * (sum(widths) + GAP * (kept - 1)), colour))
    for row in rows:
        lines += _lines(columns, row[:kept], widths, table.styles if colour else {}) if any(row[:kept]) else ()
        beneath = [
            f"{column.name} {cell}".strip() for column, cell in zip(columns[kept:], row[kept:], strict=True) if cell
        ]
        room = (width or 0) - INDENT
        lines += [" " * INDENT + part for line in _joined(beneath, room, " " * GAP) for part in _wrapped(line, room)]
    return "".join(f"{line}\n" for line in lines)


class _Column:
    def __init__(self, name: str, cells: Sequence[str]) -> None:
        self.name = name
        self.right = any(cells) and all(map(FIGURE.fullmatch, cells))
        self.whole = max(map(columns_of, (name, *cells)))
        words = [*name.split(" "), *(cells if self.right else (word for cell in cells for word in cell.split(" ")))]
        self.least = max(map(columns_of, words))
        self.texts = (name, *cells)

    def reached(self, width: int) -> int:
        """By the longest line, where texts wrap at this width."""
        return max(columns_of(line) for text in self.texts for line in _wrapped(text, width))


def _widths(columns: Sequence[_Column], width: int | None) -> list[int] | None:
    """As wide as their texts, or narrower by what wraps between words; None where that does not fit."""
    whole, widths = [column.whole for column in columns], [column.least for column in columns]
    if width is None:
        return whole
    spare = width - GAP * (len(columns) - 1) - sum(widths)
    if spare < 0:
        return None
    while spare and (narrow := [i for i, own in enumerate(widths) if own < whole[i]][:spare]):
        for i in narrow:
            widths[i] += 1
        spare -= len(narrow)
    return [column.reached(own) for column, own in zip(columns, widths, strict=True)]


def _lines(
    columns: Sequence[_Column], row: Sequence[str], widths: Sequence[int], styles: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A row, in as many lines as its longest cell takes."""
    cells = [list(_wrapped(cell, width)) for cell, width in zip(row, widths, strict=True)]
    for n in range(max(map(len, cells))):
        line, written = "", 0
        for column, whole, cell, width in zip(columns, row, cells, widths, strict=False):
            text = cell[n] if n < len(cell) else ""
            room = width - columns_of(text)
            if text:
                line += " " * (written + room * column.right) + paint((styles or {}).get(whole, ""), text, True)
                written = GAP + room * (not column.right)
            else:
                written += GAP + width
        yield line


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Lines of whole words; only a name that is longer than a line goes on in the next one."""
    return _joined((piece for word in text.split(" ") for piece in _pieces(word, width)), width, " ")


def _pieces(word: str, width: int) -> Iterator[str]:
    piece = ""
    for character in word:
        if piece and columns_of(piece + character) > width and not FIGURE.fullmatch(word):
            yield piece
            piece = ""
        piece += character
    yield piece


def _joined(items: Iterable[str], width: int, gap: str) -> Iterator[str]:
    """Items beside each other, as many as a line holds."""
    line = None
    for item in items:
        if line is not None and columns_of(line + gap + item) > width:
            yield line
            line = None
        line = item if line is None else line + gap + item
    if line is not None:
        yield line
