"""SARIF 2.1.0, for code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from recipe_lang.diagnostics.model import Diagnostic, Fix, Label, Place
from recipe_lang.diagnostics.registry import page
from recipe_lang.diagnostics.render import cure
from recipe_lang.diagnostics.render.json import file_offsets, lines_and_columns
from recipe_lang.version import version

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(diagnostics: Sequence[Diagnostic]) -> str:
    return json.dumps(document(diagnostics), indent=2) + "\n"


def document(diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    used = sorted({diagnostic.code for diagnostic in diagnostics})
    run = {
        "tool": {
            "driver": {
                "name": "ift",
                **({"version": known} if (known := version()) else {}),
                "rules": [_rule(code) for code in used],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, used.index(diagnostic.code)) for diagnostic in diagnostics],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    rule = page(code)
    return {
        "id": code,
        "shortDescription": {"text": rule.title},
        "help": {"text": rule.body, "markdown": rule.text},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(diagnostic: Diagnostic, rule_index: int) -> dict[str, Any]:
    help = cure(diagnostic)
    text = f"{diagnostic.message}\n{help}" if help else diagnostic.message
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule_index,
        "level": diagnostic.severity,
        "message": {"text": text},
    }
    if diagnostic.place:
        result["locations"] = [{"physicalLocation": _location(diagnostic.place)}]
    if diagnostic.related:
        result["relatedLocations"] = [_related(label, i) for i, label in enumerate(diagnostic.related, 1)]
    if diagnostic.fix:
        result["fixes"] = [_fix(diagnostic.fix)]
    return result


def _location(place: Place) -> dict[str, Any]:
    return {"artifactLocation": {"uri": _uri(place.file)}, "region": _region(place)}


def _related(label: Label, number: int) -> dict[str, Any]:
    return {"id": number, "physicalLocation": _location(label.place), "message": {"text": label.message}}


def _fix(fix: Fix) -> dict[str, Any]:
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        text = edit.text.replace("\n", edit.place.source.newline)
        replacement = {"deletedRegion": _region(edit.place), "insertedContent": {"text": text}}
        changes.setdefault(_uri(edit.place.file), []).append(replacement)
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {"artifactLocation": {"uri": uri}, "replacements": replacements} for uri, replacements in changes.items()
        ],
    }


def _region(place: Place) -> dict[str, int]:
    line, column, end_line, end_column = lines_and_columns(place)
    offset, end_offset = file_offsets(place)
    return {
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
        "charOffset": offset,
        "charLength": end_offset - offset,
    }


def _uri(file: str) -> str:
    return quote(file, safe="/", errors="replace")
