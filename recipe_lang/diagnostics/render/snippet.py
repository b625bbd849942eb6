"""The lines of source that a diagnostic is about, with what it says written below them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from recipe_lang.diagnostics.model import Place, Severity
from recipe_lang.diagnostics.render.visible import paint, printable, window
from recipe_lang.source import Source


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to underline. `severity` is None for places that only explain another one."""

    place: Place
    message: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class _Underline:
    """Code points `start` to `end` (0-based) of one line."""

    start: int
    end: int
    message: str
    severity: Severity | None


def snippets(marks: Sequence[Mark], width: int, colour: bool) -> Iterator[str]:
    """Lines of one snippet a file, in the order in which the files occur in `marks`."""
    by_file: dict[str, list[Mark]] = {}
    for mark in marks:
        by_file.setdefault(mark.place.file, []).append(mark)
    for file_marks in by_file.values():
        yield from _snippet(file_marks, width, colour)


def gutter_width(marks: Sequence[Mark]) -> int:
    last_lines = [mark.place.source.position(mark.place.span.end).line for mark in marks]
    return max([2, *(len(str(line)) for line in last_lines)])


def _snippet(marks: list[Mark], width: int, colour: bool) -> Iterator[str]:
    def gutter(text: str, bar: str = "│") -> str:
        return paint("gutter", f"{text:>{width}}{bar}", colour)

    first = marks[0].place
    position = first.source.position(first.span.start)
    yield f"{gutter('', '┌─')} {printable(first.file)}:{position.line}:{position.column}"
    if not first.source.text:
        return
    underlines = _by_line(marks)
    yield gutter("")
    before = None
    for line in sorted(underlines):
        if before is not None and line > before + 1:
            yield gutter("", "·")
        before = line
        yield from _marked_line(first.source, line, underlines[line], gutter, colour)
    yield gutter("")


def _marked_line(
    source: Source, line: int, underlines: list[_Underline], gutter: Callable[[str], str], colour: bool
) -> Iterator[str]:
    primary_first = sorted(underlines, key=lambda u: (u.severity is None, u.start))
    shown, columns = window(source.line_text(line), primary_first[0].start)
    yield f"{gutter(str(line))} {shown}".rstrip()
    for underline in primary_first:
        start = columns[min(underline.start, len(columns) - 1)]
        end = columns[min(underline.end, len(columns) - 1)]
        sign = "-" if underline.severity is None else "^"
        text = sign * max(1, end - start) + (f" {printable(underline.message)}" if underline.message else "")
        yield f"{gutter('')} {' ' * start}{paint(underline.severity or 'related', text, colour)}"


def _by_line(marks: list[Mark]) -> dict[int, list[_Underline]]:
    """Underlines by line; of a range over several lines its first and its last one, which carries the message."""
    lines: dict[int, list[_Underline]] = {}
    for mark in marks:
        source, span = mark.place.source, mark.place.span
        end_offset = span.end
        while end_offset > span.start and source.text[end_offset - 1 : end_offset] == "\n":
            end_offset -= 1
        start, end = source.position(span.start), source.position(end_offset)
        if start.line == end.line:
            one = _Underline(start.column - 1, end.column - 1, mark.message, mark.severity)
            lines.setdefault(start.line, []).append(one)
            continue
        first, last = source.line_text(start.line), source.line_text(end.line)
        indent = len(last) - len(last.lstrip())
        head = _Underline(start.column - 1, len(first), "", mark.severity)
        tail = _Underline(min(indent, end.column - 1), end.column - 1, mark.message, mark.severity)
        lines.setdefault(start.line, []).append(head)
        lines.setdefault(end.line, []).append(tail)
    return lines
