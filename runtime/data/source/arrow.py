"""Arrow data that somebody else wrote: verified whole before a value is looked at, then values as they were written.

Arrow believes what a file says of itself: an offset that lies outside of its buffer would be followed.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import rows as problems
from runtime.data.source.lines import DEEPEST, parse_json
from runtime.data.source.moments import is_moment, moments
from runtime.data.source.row import SourceRow, Unreadable, WrittenObject, repeated

ROWS_AT_ONCE = 4096
_MOST_ITEMS = 2**28
"""Of the lists in so many rows. A few bytes can say that a list has millions of items that take no room."""
_AS_BYTES = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary(), pa.string_view(): pa.binary_view()}


def rows_of(batches: Iterable[pa.RecordBatch], grown: Callable[[int], None]) -> Iterator[SourceRow]:
    """`grown` is told the bytes and rows of each batch. Raises ArrowException where a batch is not what its schema
    says."""
    number = 0
    for whole in batches:
        _verify(whole)
        grown(whole.nbytes + whole.num_rows)
        names = whole.schema.names
        for start in range(0, whole.num_rows, ROWS_AT_ONCE):
            batch = whole.slice(start, ROWS_AT_ONCE)
            columns = [values_of(column) for column in batch.columns]
            for values in zip(*columns, strict=True) if columns else [()] * batch.num_rows:
                number += 1
                yield SourceRow(number, None, dict(zip(names, values, strict=True)))


def verify_schema(schema: pa.Schema, name: str, pointer: str) -> None:
    """Names stand once, in records too. Raises Stop."""
    level = [("", list(schema))]
    for _ in range(DEEPEST):
        below: list[tuple[str, list[pa.Field]]] = []
        for path, fields in level:
            twice = repeated(field.name for field in fields)
            if twice is not None:
                raise Stop(problems.repeated_column(path + twice, name, pointer))
            below += [(f"{path}{field.name}.", _fields(field.type)) for field in fields if field.type.num_fields]
        level = below
    if level:
        raise Stop(problems.unreadable_file(name, f"its columns are nested deeper than {DEEPEST} levels", pointer))


def values_of(array: pa.Array) -> list[Any]:
    """Of a verified array. Numbers are those that were written: a float of 32 bits that says 19.99 is 19.99."""
    type_ = array.type
    if isinstance(type_, pa.JsonType):
        return [text if text is None else _parsed(text) for text in values_of(array.storage)]
    if isinstance(array, pa.ExtensionArray):
        return values_of(array.storage)
    if types.is_dictionary(type_):
        known = values_of(array.dictionary)
        return [None if index is None else known[index] for index in array.indices.to_pylist()]
    if type_ in _AS_BYTES:
        return _texts(array)
    if types.is_float16(type_) or types.is_float32(type_):
        return _shortest(array)
    if is_moment(type_):
        return moments(array)
    if types.is_struct(type_):
        return _records(array)
    if types.is_map(type_):
        pairs = array.cast(pa.list_(pa.struct([("key", type_.key_type), ("value", type_.item_type)])))
        return [each and [tuple(pair.values()) for pair in each] for each in _lists(pairs)]
    if _is_list(type_):
        return _lists(array)
    if types.is_integer(type_) or types.is_decimal(type_) or type_ in (pa.float64(), pa.bool_(), pa.null()):
        # Arrow writes no decimal whose scale is beyond all digits.
        with suppress(decimal.InvalidOperation):
            return array.to_pylist()
    unreadable = Unreadable(_kind(type_))
    return [unreadable if valid else None for valid in array.is_valid().to_pylist()]


def _verify(batch: pa.RecordBatch) -> None:
    """Texts that are not UTF-8 break their own rows only, so they pass."""
    for column in batch.columns:
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            column.view(_as_bytes(column.type)).validate(full=True)


def _as_bytes(type_: pa.DataType) -> pa.DataType:
    """The same layout with bytes for texts."""
    if type_ in _AS_BYTES:
        return _AS_BYTES[type_]
    if types.is_dictionary(type_):
        return pa.dictionary(type_.index_type, _as_bytes(type_.value_type))
    if types.is_map(type_):
        return pa.map_(_as_bytes(type_.key_type), _as_bytes(type_.item_type))
    fields = [field.with_type(_as_bytes(field.type)) for field in _fields(type_)]
    if types.is_struct(type_):
        return pa.struct(fields)
    if types.is_fixed_size_list(type_):
        return pa.list_(fields[0], type_.list_size)
    for is_of, of in (
        (types.is_list, pa.list_),
        (types.is_large_list, pa.large_list),
        (types.is_list_view, pa.list_view),
        (types.is_large_list_view, pa.large_list_view),
    ):
        if is_of(type_):
            return of(fields[0])
    return type_


def _fields(type_: pa.DataType) -> list[pa.Field]:
    return [type_.field(index) for index in range(type_.num_fields)]


def _is_list(type_: pa.DataType) -> bool:
    views = types.is_list_view(type_) or types.is_large_list_view(type_)
    return views or types.is_list(type_) or types.is_large_list(type_) or types.is_fixed_size_list(type_)


def _texts(array: pa.Array) -> list[str | Unreadable | None]:
    try:
        return array.to_pylist()
    except UnicodeDecodeError:
        return [value if value is None else _text(value) for value in array.cast(_AS_BYTES[array.type]).to_pylist()]


def _text(value: bytes) -> str | Unreadable:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return Unreadable("text that is not UTF-8")


def _parsed(text: str | Unreadable) -> Any:
    try:
        return text if isinstance(text, Unreadable) else _written(parse_json(text))
    except ValueError:
        return Unreadable("text that is not JSON")


def _written(value: Any) -> Any:
    match value:
        case dict():
            return WrittenObject((key, _written(part)) for key, part in value.items())
        case list():
            return [_written(part) for part in value]
    return value


def _shortest(array: pa.Array) -> list[float | None]:
    """The shortest decimal numbers that are these floats, as Python writes its own."""
    numbers = array.fill_null(0).to_numpy(zero_copy_only=False).astype(str).astype(np.float64).tolist()
    return [number if valid else None for number, valid in zip(numbers, array.is_valid().to_pylist(), strict=True)]


def _records(array: pa.StructArray) -> list[dict[str, Any] | None]:
    names = [field.name for field in _fields(array.type)]
    columns = [values_of(column) for column in array.flatten()]
    rows = zip(*columns, strict=True) if columns else [()] * len(array)
    valid = array.is_valid().to_pylist()
    return [dict(zip(names, row, strict=True)) if there else None for row, there in zip(rows, valid, strict=True)]


def _lists(array: pa.Array) -> list[list[Any] | None]:
    lengths = pc.list_value_length(array)
    if (pc.sum(lengths).as_py() or 0) > _MOST_ITEMS:
        raise pa.ArrowInvalid(f"lists of more than {_MOST_ITEMS:,} items in {len(array):,} rows")
    items = values_of(pc.list_flatten(array))
    cuts = accumulate(lengths.fill_null(0).to_pylist(), initial=0)
    parts = (items[start:end] for start, end in pairwise(cuts))
    return [part if valid else None for part, valid in zip(parts, array.is_valid().to_pylist(), strict=True)]


def _kind(type_: pa.DataType) -> str:
    if types.is_duration(type_):
        return "a duration"
    if types.is_binary(type_) or types.is_large_binary(type_) or types.is_fixed_size_binary(type_):
        return "bytes"
    return f"a value of the Arrow type {type_}"
