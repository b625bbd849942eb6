"""Source text as a terminal shows it: widths, tabs, and nothing in it that a terminal would obey."""

from __future__ import annotations

import os
import sys
from bisect import bisect_left
from collections.abc import Sequence
from itertools import takewhile
from typing import Any, TextIO
from unicodedata import category, combining, east_asian_width

TAB = 4
LONGEST = 110
"""Display columns of a source line; longer ones are cut around their marks."""
BEFORE_MARK = 30
LONGEST_EXCERPT = 60

COLOURS = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "good": "32",
    "bold": "1",
    "dim": "2",
    "gutter": "34",
    "related": "1;34",
}


def coloured(choice: str = "auto", stream: TextIO | None = None) -> bool:
    """Whether to colour what goes to a stream (stdout): the option, then NO_COLOR, FORCE_COLOR, then the terminal."""
    stream = stream or sys.stdout
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def paint(style: str, text: str, colour: bool) -> str:
    """`style` is one of `COLOURS`, or empty."""
    return f"\x1b[{COLOURS[style]}m{text}\x1b[0m" if colour and style and text else text


def printable(text: str) -> str:
    """Text from a file or an argument, on one line and harmless: control and direction characters spelt out."""
    return "".join(_shown(character) for character in text)


def harmless(value: Any) -> Any:
    """A text in a page keeps its lines, its letters and how they join: control characters, and those that turn what
    follows, are spelt out."""
    return value.translate(_OBEYED) if isinstance(value, str) else value


def laid_out(line: str) -> tuple[str, list[int]]:
    """A line as shown, and the display column at which each of its code points begins (and the last one ends)."""
    shown: list[str] = []
    columns = [0]
    for character in line:
        piece = " " * (TAB - columns[-1] % TAB) if character == "\t" else _shown(character)
        shown.append(piece)
        columns.append(columns[-1] + sum(map(_width, piece)))
    return "".join(shown), columns


def window(line: str, first_mark: int) -> tuple[str, list[int]]:
    """`laid_out`, cut to `LONGEST` columns around the code point `first_mark`, the cuts shown as `…`.

    Columns left of the cut are 0, those right of it the column of the closing `…`.
    """
    shown, columns = laid_out(line)
    if columns[-1] <= LONGEST:
        return shown, columns
    begin = bisect_left(columns, columns[min(first_mark, len(line))] - BEFORE_MARK)
    begin = 0 if begin < 2 else begin
    left = "…" if begin else ""
    end = bisect_left(columns, columns[begin] + LONGEST - 2)
    right = "…" if end < len(line) else ""
    middle, inner = laid_out(line[begin:end].replace("\t", " "))
    offset = len(left)
    kept = [column + offset for column in inner]
    cut = [0] * begin + kept + [kept[-1]] * (len(line) - min(end, len(line)))
    return left + middle + right, cut


def excerpts(texts: Sequence[str]) -> list[str]:
    """Texts that differ, short enough to stand beside each other: of long ones the part from where they differ."""
    start = 0
    if max(map(len, texts)) > LONGEST_EXCERPT:
        same = sum(1 for _ in takewhile(lambda each: len(set(each)) == 1, zip(*texts, strict=False)))
        start = max(0, same - LONGEST_EXCERPT // 3)
    end = start + LONGEST_EXCERPT
    return [printable(f"{'…' * (start > 0)}{text[start:end]}{'…' * (end < len(text))}") for text in texts]


def columns_of(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _shown(character: str) -> str:
    if character.isascii():
        if character >= " " and character != "\x7f":
            return character
        return "␡" if character == "\x7f" else chr(0x2400 + ord(character))
    if category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return f"\\u{{{ord(character):x}}}"
    return character


_OBEYED = {
    number: _shown(chr(number))
    for number in (*range(9), *range(11, 32), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


def _width(character: str) -> int:
    if character.isascii():
        return 1
    if combining(character) or category(character) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1
