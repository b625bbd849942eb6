"""The format for programs: one versioned object. Its JSON Schema is generated from the types here.

Lines and columns are 1-based, columns and offsets in code points of the file as stored, ends exclusive. Readers ignore
unknown keys; what has no place in a file (a missing file, an argument) has null for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict  # pydantic makes schemas of this one only, below Python 3.12

from recipe_lang.diagnostics.model import Diagnostic, Fix, Label, Place, Severity


class EditDocument(TypedDict):
    file: str
    offset: int
    end_offset: int
    text: str


class FixDocument(TypedDict):
    title: str
    safe: bool
    """Safe edits keep the meaning of everything else; `ift check --fix` applies them."""
    edits: list[EditDocument]


class RelatedDocument(TypedDict):
    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str


class DiagnosticDocument(TypedDict):
    code: str
    severity: Severity
    message: str
    file: str | None
    """Relative to the working directory, with `/`; `--set` for the command line."""
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None
    offset: int | None
    end_offset: int | None
    help: str | None
    related: list[RelatedDocument]
    fix: FixDocument | None


class Document(TypedDict):
    format_version: Literal[1]
    files: int
    errors: int
    warnings: int
    diagnostics: list[DiagnosticDocument]


def render(diagnostics: Sequence[Diagnostic], *, files: int) -> str:
    return json.dumps(document(diagnostics, files), indent=2) + "\n"


def document(diagnostics: Sequence[Diagnostic], files: int) -> Document:
    return {
        "format_version": 1,
        "files": files,
        "errors": sum(d.severity == "error" for d in diagnostics),
        "warnings": sum(d.severity == "warning" for d in diagnostics),
        "diagnostics": [_diagnostic(d) for d in diagnostics],
    }


_LINES = ("line", "column", "end_line", "end_column")
_OFFSETS = ("offset", "end_offset")


def _diagnostic(diagnostic: Diagnostic) -> DiagnosticDocument:
    place = diagnostic.place
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": place.file if place else None,
        **dict(zip(_LINES, lines_and_columns(place) if place else (None,) * 4, strict=True)),
        **dict(zip(_OFFSETS, file_offsets(place) if place else (None,) * 2, strict=True)),
        "help": diagnostic.help,
        "related": [_related(label) for label in diagnostic.related],
        "fix": _fix(diagnostic.fix) if diagnostic.fix else None,
    }


def _related(label: Label) -> RelatedDocument:
    lines = dict(zip(_LINES, lines_and_columns(label.place), strict=True))
    return {"file": label.place.file, **lines, "message": label.message}


def _fix(fix: Fix) -> FixDocument:
    edits: list[EditDocument] = []
    for edit in fix.edits:
        offset, end_offset = file_offsets(edit.place)
        text = edit.text.replace("\n", edit.place.source.newline)
        edits.append({"file": edit.place.file, "offset": offset, "end_offset": end_offset, "text": text})
    return {"title": fix.title, "safe": fix.safe, "edits": edits}


def lines_and_columns(place: Place) -> tuple[int, int, int, int]:
    """1-based line and column of the start and of the exclusive end."""
    start, end = place.source.position(place.span.start), place.source.position(place.span.end)
    return start.line, start.column, end.line, end.column


def file_offsets(place: Place) -> tuple[int, int]:
    """Code-point offsets in the file as stored: start and exclusive end."""
    return place.source.file_offset(place.span.start), place.source.file_offset(place.span.end)
