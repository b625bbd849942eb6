"""`# allow CODE: reason`: accepts a problem on its own line or, alone on a line, on the next.

A setting or block that ends on that line, or begins on the next, is covered whole: however many lines the formatter
gives it, the comment accepts the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from recipe_lang.check.load import Unit
from recipe_lang.diagnostics.head import head
from recipe_lang.diagnostics.model import Diagnostic, Label, Place
from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.source import Source, Span
from recipe_lang.syntax.tree import Block, Body, Item

ALLOW = re.compile(r"#\s*allow\s+(IFT\d{3})\b\s*(?::\s*(\S.*))?")

NEARLY = re.compile(r"#[#\s]*(?:ift)?[:\s]*allow\b[\s:=(]*ift[\s_-]*(?P<digits>\d+)(?!\w)", re.IGNORECASE)


@dataclass(eq=False)
class Allow:
    """One comment."""

    code: str
    reason: str | None
    source: Source
    span: Span
    lines: range
    """The lines on which it accepts the code."""

    @property
    def place(self) -> Place:
        return Place(self.source, self.span)


Line = tuple[str, str, int]
"""A code, a file and a line."""


def accepted(diagnostics: Iterable[Diagnostic], units: Iterable[Unit]) -> list[Diagnostic]:
    """The diagnostics without those that comments accept, and with what is wrong with the comments themselves."""
    units = list(units)
    lines: dict[Line | None, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        lines.setdefault(_line(diagnostic), []).append(diagnostic)
    about: list[Diagnostic] = []
    main = units[0].source if units else None
    for allow in [allow for unit in units for allow in allows(unit)]:
        keys = [key for line in allow.lines if (key := (allow.code, allow.source.name, line)) in lines]
        refused = [_refused(d, allow) for key in keys for d in lines.pop(key) if not head(d.code).acceptable]
        about += refused
        # Of a library only the blocks that are used are read: what another one accepts is seen in its own check.
        if not keys and allow.source is main and _is_static(allow.code):
            said = sorted({key[0] for key in lines if key and key[1] == allow.source.name and key[2] in allow.lines})
            acceptable = [code for code in said if head(code).acceptable]
            about.append(problems.allow_without_effect(allow.code, acceptable, allow.place))
        elif keys and allow.reason is None and not refused:
            about.append(problems.allow_without_reason(allow.code, allow.place))
    about += [problem for unit in units for problem in _malformed(unit)]
    return [*(diagnostic for line in lines.values() for diagnostic in line), *about]


def _line(diagnostic: Diagnostic) -> Line | None:
    place = diagnostic.place
    return place and (diagnostic.code, place.source.name, place.source.position(place.span.start).line)


def allows(unit: Unit) -> Iterator[Allow]:
    source = unit.source
    matches = [(comment, match) for comment in unit.tree.comments if (match := ALLOW.match(comment.text))]
    items = [_lines(item, source) for item in _items(unit.tree.body)] if matches else []
    for comment, match in matches:
        line = source.position(comment.span.start).line
        if source.line_text(line).lstrip().startswith("#"):
            covered = range(line, max((last for first, last in items if first == line + 1), default=line + 1) + 1)
        else:
            covered = range(min((first for first, last in items if last == line), default=line), line + 1)
        yield Allow(match[1], match[2], source, comment.span, covered)


def _items(body: Body) -> Iterator[Item]:
    for item in body.items:
        yield item
        if isinstance(item, Block):
            yield from _items(item.body)


def _lines(item: Item, source: Source) -> tuple[int, int]:
    return source.position(item.span.start).line, source.position(item.span.end).line


def _malformed(unit: Unit) -> Iterator[Diagnostic]:
    """Comments that are nearly of the form, and so accept nothing."""
    for comment in unit.tree.comments:
        match = NEARLY.match(comment.text)
        if match is not None and ALLOW.match(comment.text) is None:
            better = f"# allow IFT{match['digits']}" if len(match["digits"]) == 3 else None
            start = comment.span.start
            yield problems.allow_malformed(better, Place(unit.source, Span(start, start + match.end())))


def _refused(diagnostic: Diagnostic, allow: Allow) -> Diagnostic:
    return replace(diagnostic, related=(*diagnostic.related, Label(allow.place, f"{allow.code} cannot be accepted")))


def _is_static(code: str) -> bool:
    """Whether the check itself would have seen the problem; what is seen in data or a run may still come."""
    try:
        return head(code).stage == "check"
    except KeyError:
        return True
