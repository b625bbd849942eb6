"""A line a diagnostic: `file:line:column: severity[CODE]: message`."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.render.visible import paint, printable


def render(diagnostics: Sequence[Diagnostic], *, colour: bool = False) -> str:
    return "".join(f"{_line(diagnostic, colour)}\n" for diagnostic in diagnostics)


def _line(diagnostic: Diagnostic, colour: bool) -> str:
    head = paint(diagnostic.severity, f"{diagnostic.severity}[{diagnostic.code}]", colour)
    line = f"{head}: {printable(diagnostic.message)}"
    if diagnostic.place is None:
        return line
    position = diagnostic.place.source.position(diagnostic.place.span.start)
    where = f"{printable(diagnostic.place.file)}:{position.line}:{position.column}"
    return f"{paint('bold', where, colour)}: {line}"
