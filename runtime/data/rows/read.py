"""A data set to `Rows`: every row converted and verified, the broken ones listed, the result kept by content."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems import rows as problems
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.program.columns import ColumnType, Messages, Optional
from recipe_lang.program.dataset import Dataset
from recipe_lang.program.document import digest
from runtime.base.files import Json
from runtime.data.cache.entries import cache_folder, code_version, made_once
from runtime.data.rows.columns import Converter, as_number, converter, verify_text
from runtime.data.rows.infer import infer_columns
from runtime.data.rows.notes import Notes
from runtime.data.rows.rows import ROWS_A_BATCH, Rows, is_text
from runtime.data.source import Part, SourceRow, find_parts
from runtime.data.source.row import Values

_COLUMNS = TypeAdapter(dict[str, ColumnType])


def read_dataset(name: str, dataset: Dataset, root: Path, diagnostics: list[Diagnostic], *, fetch: bool = True) -> Rows:
    """Raises Stop where files, columns or more rows than `max_bad_rows` are broken, NotAtHand where a hub's data set is
    not in the cache and `fetch` is False."""
    parts = find_parts(name, dataset, root, fetch, diagnostics)
    columns = dataset.model_dump(mode="json", by_alias=True, include={"source", "columns"})
    folder = made_once(
        cache_folder("rows", digest([parts.key, columns, code_version()])),
        lambda partial: _build(name, dataset, parts.open(), digest(sorted(parts.key)), partial),
    )
    meta = json.loads((folder / "rows.json").read_text("utf-8"))
    notes = meta.pop("notes")
    rows = Rows(folder=folder, columns=_COLUMNS.validate_python(meta.pop("columns")), **meta)
    if len(rows.bad) > dataset.max_bad_rows:
        raise Stop(problems.bad_rows(name, rows.bad, dataset.max_bad_rows, rows.source))
    if rows.bad:
        diagnostics.append(problems.bad_rows_left_out(name, rows.bad, rows.source))
    diagnostics += _noted(name, rows.columns, notes)
    if rows.count == 0:
        raise Stop(problems.no_rows(name, rows.files))
    return rows


def _noted(name: str, columns: dict[str, ColumnType], notes: Json) -> Iterator[Diagnostic]:
    """What conversations hold beside what is read of them, and what was not found in them."""
    if notes["unread"]:
        yield problems.unread_keys(name, notes["unread"])
    if notes["filled"]:
        yield problems.nulls_left_out(name, notes["filled"])
    for column, type_ in columns.items():
        for role in type_.drop if isinstance(type_, Messages) else ():
            if role not in notes["dropped"]:
                yield problems.nothing_dropped(role, column, name)


@dataclass
class _Reading:
    """What is known of a data set while it is read."""

    name: str
    columns: dict[str, ColumnType]
    origins: dict[str, str]
    """Column → its name in the data."""
    splits: list[str]
    bad: list[str] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)


def _build(name: str, dataset: Dataset, parts: list[Part], content: str, folder: Path) -> None:
    if dataset.columns is not None:
        columns = {column: declared.type for column, declared in dataset.columns.items()}
        origins = {column: declared.from_ or column for column, declared in dataset.columns.items()}
    else:
        columns = _inferred(name, parts)
        origins = {column: column for column in columns}
    reading = _Reading(name, columns, origins, list(dict.fromkeys(part.split for part in parts)))
    count = _write(folder / "rows.arrow", list(columns), _good_rows(reading, parts))
    meta = {
        "columns": _COLUMNS.dump_python(columns, mode="json"),
        "files": [part.name for part in parts],
        "splits": reading.splits,
        "count": count,
        "bad": reading.bad,
        "notes": reading.notes.to_json(),
        "hash": content,
    }
    (folder / "rows.json").write_text(json.dumps(meta, ensure_ascii=False), "utf-8")


def _write(path: Path, columns: list[str], rows: Iterator[tuple[Any, ...]]) -> int:
    """Rows are tuples of split, file, number and the columns' stored texts. Returns how many there are."""
    places = [pa.field("", pa.int16()), pa.field("", pa.int32()), pa.field("", pa.int64())]
    schema = pa.schema([*places, *(pa.field(column, pa.string()) for column in columns)])
    count = 0
    with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, schema) as writer:
        while chunk := list(islice(rows, ROWS_A_BATCH)):
            values = zip(zip(*chunk, strict=True), schema, strict=True)
            writer.write_batch(pa.record_batch([pa.array(v, f.type) for v, f in values], schema=schema))
            count += len(chunk)
    return count


def _inferred(name: str, parts: list[Part]) -> dict[str, ColumnType]:
    columns, mixed = infer_columns(_as_read(parts))
    if mixed:
        raise Stop(*(problems.mixed_column(n, name, m.first, m.second) for n, m in mixed.items()))
    return columns


def _as_read(parts: list[Part]) -> Iterator[Values]:
    """All values whose kinds differ; of a format that knows only text, one row."""
    for part in parts:
        for row in part.read():
            if row.values is not None:
                yield row.values
                if part.textual:
                    break


def _good_rows(reading: _Reading, parts: list[Part]) -> Iterator[tuple[Any, ...]]:
    for number, part in enumerate(parts):
        split = reading.splits.index(part.split)
        convert = {
            column: (reading.origins[column], _stored(type_, part, reading.notes))
            for column, type_ in reading.columns.items()
        }
        for row in _with_columns(reading, part):
            values = _convert(row, convert, part, reading.bad)
            if values is not None:
                yield (split, number, row.number, *values)


def _stored(type_: ColumnType, part: Part, notes: Notes) -> Converter:
    """Value as read → value as it stands in the Arrow file."""
    convert = converter(type_, textual=part.textual, filled=part.filled, notes=notes)
    if is_text(type_):
        return convert

    def as_json(value: Any) -> str:
        text = json.dumps(convert(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=as_number)
        verify_text(text)
        return text

    return as_json


def _convert(
    row: SourceRow, convert: dict[str, tuple[str, Callable[[Any], Any]]], part: Part, bad: list[str]
) -> list[Any] | None:
    place = f"{part.name}, {row.position}"
    if row.values is None:
        bad.append(f"{place}: {row.problem}")
        return None
    values = []
    for column, (origin, function) in convert.items():
        try:
            values.append(function(row.values.get(origin)))
        except ValueError as error:
            bad.append(f"{place}: `{column}`: {error if origin in row.values else 'it is missing'}")
            return None
    return values


def _with_columns(reading: _Reading, part: Part) -> Iterator[SourceRow]:
    """Passes rows on. Raises Stop where a whole file lacks a column: known at the first row where a header says so,
    else once no row had it."""
    missing = {
        origin: column
        for column, origin in reading.origins.items()
        if part.textual or not isinstance(reading.columns[column], Optional)
    }
    seen: dict[str, None] = {}
    for row in part.read():
        if row.values is not None and missing:
            seen |= dict.fromkeys(row.values)
            missing = {origin: column for origin, column in missing.items() if origin not in row.values}
            if part.textual and missing:
                break
        yield row
    if missing and seen:
        names = list(seen)
        raise Stop(
            *(
                problems.missing_column(column, origin, reading.name, part.name, names, closest(origin, names))
                for origin, column in missing.items()
            )
        )
