"""The tools of a conversation, as chat templates take them: a list of objects, schemas as objects."""

from __future__ import annotations

from typing import Any

from runtime.base.files import Json
from runtime.data.rows.calls import as_json
from runtime.data.source.lines import parse_json

Tools = list[Json] | None


def read_tools(value: Any) -> tuple[Tools, bool]:
    """From a column of any type, with whether fields without a value were left out: where tools are no JSON text, a
    field that one of them has is null in all others. None where the row has no tools. Raises ValueError."""
    if isinstance(value, str):
        value = parse_json(value) if value.strip() else None
        read = kept = [_tool(tool) for tool in _listed(value)]
    else:
        read = [_tool(tool) for tool in _listed(value)]
        kept = [_tool(tool, filled=True) for tool in _listed(value)]
    return kept or None, kept != read


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _tool(tool: Any, *, filled: bool = False) -> Json:
    read = parse_json(tool) if isinstance(tool, str) else as_json(tool, filled=filled)
    if not isinstance(read, dict):
        raise ValueError("a tool is no object")
    function = read.get("function")
    return {**read, "function": _with_schema(function)} if isinstance(function, dict) else _with_schema(read)


def _with_schema(function: Json) -> Json:
    schema = function.get("parameters")
    return {**function, "parameters": parse_json(schema)} if isinstance(schema, str) else function
