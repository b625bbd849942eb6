"""From places in the text to origins in the plan, and back for the engine's diagnostics."""

from __future__ import annotations

import os
from pathlib import Path

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.program.document import Origin, Plan
from recipe_lang.source import Source, Span


def origin_of(place: Place, folder: Path) -> Origin:
    """File names are kept relative to `folder`, the recipe's own."""
    source, span = place.source, place.span
    start, end = source.position(span.start), source.position(span.end)
    return Origin(
        file=source.name if source.path is None else os.path.relpath(source.path, folder).replace(os.sep, "/"),
        line=start.line,
        column=start.column,
        end_line=end.line,
        end_column=end.column,
        offset=source.file_offset(span.start),
        end_offset=source.file_offset(span.end),
    )


def located(diagnostic: Diagnostic, plan: Plan, sources: dict[str, Source]) -> Diagnostic:
    """Gives an engine's diagnostic its place: the origin of its pointer or of the nearest pointer above it.

    `sources` has the texts that the plan was compiled from, by the names that its origins use.
    """
    if diagnostic.place is not None or diagnostic.pointer is None:
        return diagnostic
    pointer = diagnostic.pointer
    while pointer and pointer not in plan.origins:
        pointer = pointer.rpartition("/")[0]
    origin = plan.origins.get(pointer)
    source = sources.get(origin.file) if origin else None
    if source is None:
        return diagnostic
    span = Span(source.offset(origin.line, origin.column), source.offset(origin.end_line, origin.end_column))
    return diagnostic.at(Place(source, span))
