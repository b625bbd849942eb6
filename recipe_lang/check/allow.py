"""`# allow CODE: reason`: accepts a problem on its own line or, alone on a line, on the next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from recipe_lang.check.load import Unit
from recipe_lang.diagnostics.model import Diagnostic, Label, Place
from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.source import Source, Span

ALLOW = re.compile(r"#\s*allow\s+(IFT\d{3})\b\s*(?::\s*(\S.*))?")


@dataclass(frozen=True, slots=True)
class Allow:
    """One comment."""

    code: str
    reason: str | None
    source: Source
    span: Span
    lines: tuple[int, ...]
    """The lines on which it accepts the code."""

    @property
    def place(self) -> Place:
        return Place(self.source, self.span)


def accepted(diagnostics: Sequence[Diagnostic], units: Iterable[Unit]) -> list[Diagnostic]:
    """The diagnostics without those that comments accept, and with what is wrong with the comments themselves."""
    left = list(diagnostics)
    for allow in [allow for unit in units for allow in allows(unit)]:
        left = _apply(allow, left)
    return left


def allows(unit: Unit) -> Iterator[Allow]:
    source = unit.source
    for comment in unit.tree.comments:
        found = ALLOW.match(comment.text)
        if found is not None:
            line = source.position(comment.span.start).line
            alone = source.line_text(line).lstrip().startswith("#")
            yield Allow(found[1], found[2], source, comment.span, (line, line + 1) if alone else (line,))


def _apply(allow: Allow, diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    covered = [diagnostic for diagnostic in diagnostics if _covers(allow, diagnostic)]
    if not covered:
        idle = [problems.allow_without_effect(allow.code, allow.place)] if _is_static(allow) else []
        return [*diagnostics, *idle]
    left = [diagnostic for diagnostic in diagnostics if diagnostic not in covered]
    refused = [_refused(diagnostic, allow) for diagnostic in covered if not _acceptable(diagnostic)]
    unreasoned = (
        [problems.allow_without_reason(allow.code, allow.place)] if allow.reason is None and not refused else []
    )
    return [*left, *refused, *unreasoned]


def _refused(diagnostic: Diagnostic, allow: Allow) -> Diagnostic:
    return replace(diagnostic, related=(*diagnostic.related, Label(allow.place, f"{allow.code} cannot be accepted")))


def _covers(allow: Allow, diagnostic: Diagnostic) -> bool:
    place = diagnostic.place
    return (
        diagnostic.code == allow.code
        and place is not None
        and place.source is allow.source
        and place.source.position(place.span.start).line in allow.lines
    )


def _acceptable(diagnostic: Diagnostic) -> bool:
    """A warning, or an error whose page says so; what touches safety or the syntax never is."""
    from recipe_lang.diagnostics import registry

    if diagnostic.code[3] in "19":
        return False
    return diagnostic.severity != "error" or registry.page(diagnostic.code).acceptable


def _is_static(allow: Allow) -> bool:
    """Whether the check itself would have seen the problem; what is seen in data or a run may still come."""
    from recipe_lang.diagnostics import registry

    return allow.code not in registry.codes() or registry.page(allow.code).stage == "check"
