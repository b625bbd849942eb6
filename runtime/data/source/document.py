"""json: one document with a list of objects, at the top or under the key that `rows` names (`a.b` for nested keys)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import rows as problems
from runtime.data.source.lines import decode_json, verify_depth
from runtime.data.source.open import SourceFile, open_text
from runtime.data.source.row import SourceRow


def read_json(file: SourceFile, rows: str | None) -> Iterator[SourceRow]:
    with open_text(file) as text:
        try:
            document = decode_json(text.read())
        except ValueError as error:
            raise Stop(problems.unreadable_file(file.name, f"not valid JSON: {error}", file.pointer)) from error
    for number, value in enumerate(_list(document, rows, file), start=1):
        if isinstance(value, dict):
            try:
                verify_depth(value)
                yield SourceRow(number, None, value)
            except ValueError as error:
                yield SourceRow(number, None, None, str(error))
        else:
            yield SourceRow(number, None, None, "not a JSON object")


def _list(document: Any, rows: str | None, file: SourceFile) -> list[Any]:
    value = document
    for key in rows.split(".") if rows else []:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, list):
        return value
    keys = [key for key, value in document.items() if isinstance(value, list)] if isinstance(document, dict) else []
    raise Stop(problems.no_row_list(file.name, rows, keys, file.pointer))
