"""Values as declared: what a file holds, converted by the type of its column.

Nothing is guessed: "004" stays "004" in a text column and becomes 4 in an int column, "NA" and dates stay as they are.
"""

from __future__ import annotations

import decimal
import math
import re
from collections.abc import Callable
from typing import Any

from recipe_lang.diagnostics.suggest import closest
from recipe_lang.program.columns import (
    Bool,
    ColumnType,
    Float,
    Int,
    LabelType,
    ListType,
    Map,
    Messages,
    Optional,
    Record,
    Text,
)
from runtime.data.rows.conversation import read_conversation
from runtime.data.rows.notes import Notes
from runtime.data.source.lines import parse_json
from runtime.data.source.row import Unreadable, WrittenFloat

Converter = Callable[[Any], Any]
"""Raises ValueError with the reason where a value is not of the type."""

_WHOLE = re.compile(r"\s*[+-]?[0-9]+(\.0*)?\s*")
_MARKS = re.compile("[\ufdd0-\ufdd2]")
_TRUTH = {"true": True, "false": False, "1": True, "0": False}


def converter(
    type_: ColumnType, *, textual: bool = False, filled: bool = False, notes: Notes | None = None
) -> Converter:
    """`textual`: the source knows only text, so an empty one is an absent optional value, and lists are JSON. `filled`:
    it has every field in every row, null where a row has none. `notes` are taken of conversations."""
    match type_:
        case Text():
            return _text
        case Int(low=low, high=high):
            return lambda value: _int(value, low, high)
        case Float():
            return _float
        case Bool():
            return _bool
        case LabelType(names=names):
            return _label(names)
        case ListType(item=item):
            return _structured(_list(converter(item)), textual)
        case Record(fields=fields):
            return _structured(_record({name: converter(field) for name, field in fields.items()}, fields), textual)
        case Map(value=inner):
            return _structured(_map(converter(inner)), textual)
        case Messages():
            return lambda value: read_conversation(value, type_, notes, filled=filled)
        case Optional(item=item):
            return _optional(converter(item, textual=textual, filled=filled, notes=notes), textual)


def _text(value: Any) -> str:
    match value:
        case str():
            verify_text(value)
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() | decimal.Decimal():
            return _written(value)
    raise ValueError(f"{_kind(value)} where text is declared")


def _written(number: float | decimal.Decimal) -> str:
    """As the data writes it: `19.90` of a decimal with two places."""
    if not math.isfinite(number):
        raise ValueError(f"{_shown(number)} where text is declared: it says that there is no number")
    if isinstance(number, decimal.Decimal):
        return f"{number:f}"
    return number.written if isinstance(number, WrittenFloat) else str(number)


def as_number(value: Any) -> float:
    """What JSON does not write itself: a decimal in an object of free form, such as the arguments of a call."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise ValueError(f"{_kind(value)}, which no JSON can hold")


def verify_text(text: str) -> None:
    """Raises ValueError for what no text may hold: half a surrogate pair, and the noncharacters that mark places in
    chats and control tokens here."""
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair, which no UTF-8 text can hold") from None
    if _MARKS.search(text):
        raise ValueError("a noncharacter of Unicode (U+FDD0 to U+FDD2), which no text may hold")


def _int(value: Any, low: int | None, high: int | None) -> int:
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value):
            raise ValueError(f"{_shown(value)} is not a whole number")
        number = int(value.partition(".")[0])
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, float | decimal.Decimal) and math.isfinite(value) and value == int(value):
        number = int(value)
    else:
        raise ValueError(f"{_kind(value)} where a whole number is declared")
    if low is not None and high is not None and not low <= number <= high:
        raise ValueError(f"{number} is outside {low}..{high}")
    return number


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float | decimal.Decimal):
        raise ValueError(f"{_kind(value)} where a number is declared")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{_shown(value)} is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{_shown(value)} is not a finite number")
    return number


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    truth = _TRUTH.get(str(value).strip().lower()) if isinstance(value, str | int) else None
    if truth is None:
        raise ValueError(f"{_shown(value)} is neither true nor false")
    return truth


def _label(names: tuple[str, ...]) -> Converter:
    known = set(names)

    def convert(value: Any) -> str:
        if isinstance(value, bool):
            value = "true" if value else "false"
        if isinstance(value, str) and value in known:
            return value
        if isinstance(value, int):
            position = value
        elif isinstance(value, str) and value.strip().isdecimal() and value.isascii():
            position = int(value)
        else:
            near = closest(value, names) if isinstance(value, str) else None
            raise ValueError(f"{_shown(value)} is no label" + (f"; did you mean {_shown(near)}?" if near else ""))
        if not 0 <= position < len(names):
            raise ValueError(f"{position} is no position among {len(names)} labels")
        return names[position]

    return convert


def _structured(inner: Converter, textual: bool) -> Converter:
    if not textual:
        return inner
    return lambda value: inner(parse_json(value) if isinstance(value, str) else value)


def _list(item: Converter) -> Converter:
    def convert(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError(f"{_kind(value)} where a list is declared")
        return [_inside(f"[{index}]", item, part) for index, part in enumerate(value)]

    return convert


def _record(fields: dict[str, Converter], types: dict[str, ColumnType]) -> Converter:
    def convert(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError(f"{_kind(value)} where a record is declared")
        for name in fields:
            if name not in value and not isinstance(types[name], Optional):
                raise ValueError(f"the record has no `{name}`")
        return {name: _inside(f".{name}", field, value.get(name)) for name, field in fields.items()}

    return convert


def _map(inner: Converter) -> Converter:
    def convert(value: Any) -> dict[str, Any]:
        pairs = value.items() if isinstance(value, dict) else value
        # Arrow's maps are lists of pairs.
        if not isinstance(value, dict | list) or not all(isinstance(pair, tuple) for pair in pairs):
            raise ValueError(f"{_kind(value)} where a map is declared")
        return {str(key): _inside(f"[{_shown(key)}]", inner, part) for key, part in pairs}

    return convert


def _optional(inner: Converter, textual: bool) -> Converter:
    def convert(value: Any) -> Any:
        return None if value is None or (textual and value == "") else inner(value)

    return convert


def _inside(step: str, convert: Converter, value: Any) -> Any:
    try:
        return convert(value)
    except ValueError as error:
        raise ValueError(f"at {step}: {error}") from None


def _kind(value: Any) -> str:
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float() | decimal.Decimal():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "an object"
        case Unreadable(kind=kind):
            return kind
    return f"a {type(value).__name__}"


def _shown(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else text[:40] + "…")
