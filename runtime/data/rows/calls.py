"""Tool calls of any form as `{"id"?, "type", "function": {"name", "arguments"}}`, their arguments always an object.

Columnar formats have every field in every row: what a call did not have is null there, and is left out here.
"""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Mapping
from typing import Any

from runtime.base.files import Json
from runtime.data.rows.notes import Notes
from runtime.data.source.lines import parse_json
from runtime.data.source.row import WrittenObject

Call = dict[str, Any]


def read_calls(turn: Mapping[str, Any], notes: Notes, *, filled: bool) -> list[Call]:
    """The calls of a turn, in `tool_calls` or `function_call`, as JSON text or as what it says. Raises ValueError."""
    found = {key: _calls(turn.get(key), key) for key in ("tool_calls", "function_call")}
    if all(found.values()):
        raise ValueError("has both `tool_calls` and `function_call`")
    return [_call(call, key, notes, filled) for key, calls in found.items() for call in calls]


def as_json(value: Any, *, filled: bool = False) -> Any:
    """A value of any format as JSON has it: Arrow's maps, which are lists of pairs, as objects, dates as text.
    `filled`: without the fields of objects that are null, but where they were written so. Raises ValueError for what
    JSON has not.

    >>> as_json({"city": "Rome", "zone": None, "days": [{"day": 1, "hour": None}, None]}, filled=True)
    {'city': 'Rome', 'days': [{'day': 1}, None]}
    """
    match value:
        case dict():
            filled = filled and not isinstance(value, WrittenObject)
            kept = {key: part for key, part in value.items() if not (filled and part is None)}
            return {str(key): as_json(part, filled=filled) for key, part in kept.items()}
        case [tuple(), *_]:
            return {str(key): as_json(part, filled=filled) for key, part in value}
        case list():
            return [as_json(part, filled=filled) for part in value]
        case datetime.date() | datetime.time():
            return value.isoformat()
        case decimal.Decimal() if value.is_finite():
            return int(value) if value == value.to_integral_value() else float(value)
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
    raise ValueError(f"has {value}, which JSON cannot hold")


def _calls(value: Any, key: str) -> list[Any]:
    written = _parsed(value, f"`{key}`") if isinstance(value, str) and value else value
    calls = written if isinstance(written, list) else [written]
    return [call for call in calls if call not in ("", {}) and not _says_nothing(call)]


def _says_nothing(value: Any) -> bool:
    """A columnar format gives an object of nulls where a turn has no call."""
    return all(map(_says_nothing, value.values())) if isinstance(value, dict) and value else value is None


def _call(call: Any, key: str, notes: Notes, filled: bool) -> Call:
    call = _parsed(call, f"`{key}`") if isinstance(call, str) else call
    if not isinstance(call, dict):
        raise ValueError(f"has a call in `{key}` that is no object")
    inner = call.get("function")
    inner = _parsed(inner, "`function`") if isinstance(inner, str) else inner
    outer, function, under = (call, inner, "function.") if isinstance(inner, dict) else ({}, call, "")
    name = function.get("name")
    if not isinstance(name, str) or not name:
        raise ValueError("has a call without a `name`")
    said = next((word for word in ("arguments", "parameters") if function.get(word) is not None), "arguments")
    notes.rest(outer, ("id", "type", "function"), f"{key}.")
    notes.rest(function, ("name", said, *(() if outer else ("id", "type"))), f"{key}.{under}")
    arguments, dropped = _arguments(function.get(said), name, filled)
    notes.filled += dropped
    beside = {"id": as_json(call.get("id")), "type": as_json(call.get("type") or "function")}
    known = {key: value for key, value in beside.items() if value is not None}
    return known | {"function": {"name": name, "arguments": arguments}}


def _arguments(given: Any, name: str, filled: bool) -> tuple[Json, bool]:
    """With whether fields without a value were left out."""
    if isinstance(given, str):
        value = kept = _parsed(given, f"the arguments of `{name}`")
    else:
        # Without a value, or a map of Arrow that is empty.
        empty = given is None or (filled and given == [])
        value, kept = ({}, {}) if empty else (as_json(given), as_json(given, filled=filled))
    if not isinstance(value, dict):
        raise ValueError(f"has a call of `{name}` whose arguments are no object")
    return kept, kept != value


def _parsed(text: str, where: str) -> Any:
    try:
        return parse_json(text)
    except ValueError as error:
        raise ValueError(f"has no JSON in {where}: {error}") from None
