"""Types of columns that a recipe does not declare, from every value of the data.

Formats that know only text give text. Elsewhere a column has the one type that all its values have: whole numbers and
fractions make a float, an absent value makes it optional; anything else mixed has to be declared.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from recipe_lang.program.columns import Bool, ColumnType, Float, Int, ListType, Map, Optional, Record, Text
from runtime.data.source.row import Unreadable, Values

_MOST_KEYS = 256


@dataclass(frozen=True, slots=True)
class Mixed(Exception):
    """A column whose values have no common type."""

    first: str
    second: str


@dataclass(frozen=True, slots=True)
class _Unknown:
    """Nothing seen yet: an empty list's items, or null alone."""


_Seen = ColumnType | _Unknown


def infer_columns(rows: Iterable[Values]) -> tuple[dict[str, ColumnType], dict[str, Mixed]]:
    """Columns in the order of first appearance, and those that have no one type.

    >>> types, mixed = infer_columns([{"n": 1, "x": "a"}, {"n": 0.5, "x": 2}, {"n": None}])
    >>> types["n"], mixed["x"]
    (Optional(item=Float(kind='float'), kind='optional'), Mixed(first='text', second='int'))
    """
    seen: dict[str, _Seen] = {}
    mixed: dict[str, Mixed] = {}
    counts: dict[str, int] = {}
    total = 0
    for values in rows:
        total += 1
        for name, value in values.items():
            counts[name] = counts.get(name, 0) + 1
            try:
                seen[name] = _join(seen.get(name, _Unknown()), _type_of(value))
            except Mixed as error:
                mixed.setdefault(name, error)
    types = {name: _settled(type_) for name, type_ in seen.items()}
    for name, type_ in types.items():
        if counts[name] < total and not isinstance(type_, Optional):
            types[name] = Optional(type_)
    return types, mixed


def _type_of(value: Any) -> _Seen:
    match value:
        case str() | Unreadable():
            # What no type holds is told with its row, where rows are converted.
            return Text()
        case None:
            return Optional(_Unknown())  # type: ignore[arg-type]
        case bool():
            return Bool()
        case int():
            return Int()
        case float() | decimal.Decimal():
            return Float()
        case [tuple(), *_]:
            return Map(_common([part for _, part in value]))  # type: ignore[arg-type]
        case list():
            return ListType(_common(value))  # type: ignore[arg-type]
        case dict():
            if len(value) > _MOST_KEYS:
                return Map(_common(value.values()))  # type: ignore[arg-type]
            return Record({name: _type_of(part) for name, part in value.items()})  # type: ignore[misc]
    raise Mixed("text", type(value).__name__)


def _common(values: Iterable[Any]) -> _Seen:
    joined: _Seen = _Unknown()
    for value in values:
        joined = _join(joined, _type_of(value))
    return joined


def _join(a: _Seen, b: _Seen) -> _Seen:
    if a == b or isinstance(b, _Unknown):
        return a
    match a, b:
        case _Unknown(), _:
            return b
        case (Optional(item=left), Optional(item=right)) | (Optional(item=left), right) | (left, Optional(item=right)):
            return Optional(_join(left, right))  # type: ignore[arg-type]
        case (Int(), Float()) | (Float(), Int()):
            return Float()
        case ListType(item=left), ListType(item=right):
            return ListType(_join(left, right))  # type: ignore[arg-type]
        case Map(value=left), Map(value=right):
            return Map(_join(left, right))  # type: ignore[arg-type]
        case Record(fields=left), Record(fields=right):
            return _join_records(left, right)
        case (Map(value=value), Record(fields=fields)) | (Record(fields=fields), Map(value=value)):
            return Map(_settled_join([value, *fields.values()]))
    raise Mixed(a.kind, b.kind)  # type: ignore[union-attr]


def _join_records(left: dict[str, ColumnType], right: dict[str, ColumnType]) -> _Seen:
    absent = Optional(_Unknown())  # type: ignore[arg-type]
    names = dict.fromkeys([*left, *right])
    if len(names) > _MOST_KEYS:
        return Map(_settled_join([*left.values(), *right.values()]))
    return Record({name: _join(left.get(name, absent), right.get(name, absent)) for name in names})  # type: ignore[misc]


def _settled_join(types: list[ColumnType]) -> ColumnType:
    joined: _Seen = _Unknown()
    for type_ in types:
        joined = _join(joined, type_)
    return joined  # type: ignore[return-value]


def _settled(type_: _Seen) -> ColumnType:
    match type_:
        case _Unknown():
            return Text()
        case Optional(item=item):
            return Optional(_settled(item))
        case ListType(item=item):
            return ListType(_settled(item))
        case Map(value=value):
            return Map(_settled(value))
        case Record(fields=fields):
            return Record({name: _settled(field) for name, field in fields.items()})
    return type_
