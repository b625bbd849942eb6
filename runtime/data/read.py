"""Files to `Rows`: every row converted and verified, the broken ones listed, the result kept by content."""

from __future__ import annotations

import hashlib
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
from recipe_lang.program.columns import ColumnType, Optional
from recipe_lang.program.document import digest
from recipe_lang.program.program import Dataset, FileSource
from runtime.base.files import atomic_folder
from runtime.data.cache import cache_folder, code_version
from runtime.data.columns import Converter, converter
from runtime.data.infer import infer_columns
from runtime.data.rows import ROWS_A_BATCH, Rows, is_text
from runtime.data.source import Row, SourceFile, read_files, read_rows, source_splits
from runtime.data.source.open import hash_file
from runtime.data.source.read import TEXTUAL

_COLUMNS = TypeAdapter(dict[str, ColumnType])


@dataclass(frozen=True, slots=True)
class BadRow:
    file: SourceFile
    row: Row
    column: str | None
    reason: str

    def __str__(self) -> str:
        about = f"`{self.column}`: " if self.column else ""
        return f"{self.file.name}, {self.row.position}: {about}{self.reason}"


@dataclass
class _Reading:
    """What is known of a data set while its files are read."""

    name: str
    dataset: Dataset
    columns: dict[str, ColumnType]
    origins: dict[str, str]
    """Column → its name in the data."""
    splits: list[str]
    files: list[SourceFile]
    bad: list[BadRow] = field(default_factory=list)
    count: int = 0


def read_dataset(name: str, dataset: Dataset, root: Path, diagnostics: list[Diagnostic]) -> Rows:
    """Raises Stop where files, columns or more rows than `max_bad_rows` are broken."""
    files = _files(name, dataset, root)
    hashes = {file.name: hash_file(file) for file, _ in files}
    content = hashlib.sha256("".join(f"{name}\0{hashes[name]}\n" for name in sorted(hashes)).encode()).hexdigest()
    key = digest([content, [[file.name, file.split] for file, _ in files], _program(dataset), code_version()])
    folder = cache_folder("rows", key)
    if not folder.exists():
        _build(name, dataset, files, content, folder)
    rows = _open(folder)
    if len(rows.bad) > dataset.max_bad_rows:
        raise Stop(problems.bad_rows(name, rows.bad, dataset.max_bad_rows, rows.source))
    if rows.bad:
        diagnostics.append(problems.bad_rows_left_out(name, rows.bad, rows.source))
    if rows.count == 0:
        raise Stop(problems.no_rows(name, [file.name for file, _ in files]))
    return rows


def _files(name: str, dataset: Dataset, root: Path) -> list[tuple[SourceFile, FileSource]]:
    own = isinstance(dataset.source, dict)
    found = []
    for split, source in source_splits(dataset.source).items():
        pointer = f"/datasets/{name}/source" + (f"/{split}" if own else "")
        found += [(file, source) for file in read_files(source, root, split, pointer)]
    return found


def _program(dataset: Dataset) -> dict[str, Any]:
    return dataset.model_dump(mode="json", by_alias=True, include={"source", "columns"})


def _build(name: str, dataset: Dataset, files: list[tuple[SourceFile, FileSource]], content: str, folder: Path) -> None:
    columns, origins = _columns(name, dataset, files)
    splits = list(dict.fromkeys(file.split for file, _ in files))
    reading = _Reading(name, dataset, columns, origins, splits, [file for file, _ in files])
    with atomic_folder(folder) as partial:
        schema = pa.schema([pa.field("", pa.int16()), pa.field("", pa.int32()), pa.field("", pa.int64())])
        for column in columns:
            schema = schema.append(pa.field(column, pa.string()))
        with pa.OSFile(str(partial / "rows.arrow"), "wb") as out, pa.ipc.new_file(out, schema) as writer:
            good = _good_rows(reading, files)
            while chunk := list(islice(good, ROWS_A_BATCH)):
                arrays = [
                    pa.array(values, field.type) for values, field in zip(zip(*chunk, strict=True), schema, strict=True)
                ]
                writer.write_batch(pa.record_batch(arrays, schema=schema))
                reading.count += len(chunk)
        meta = {
            "columns": _COLUMNS.dump_python(columns, mode="json"),
            "files": [file.name for file in reading.files],
            "splits": splits,
            "count": reading.count,
            "bad": [str(bad) for bad in reading.bad],
            "hash": content,
        }
        (partial / "rows.json").write_text(json.dumps(meta, ensure_ascii=False), "utf-8")


def _open(folder: Path) -> Rows:
    meta = json.loads((folder / "rows.json").read_text("utf-8"))
    columns = _COLUMNS.validate_python(meta.pop("columns"))
    return Rows(folder=folder, columns=columns, **meta)


def _columns(
    name: str, dataset: Dataset, files: list[tuple[SourceFile, FileSource]]
) -> tuple[dict[str, ColumnType], dict[str, str]]:
    if dataset.columns is not None:
        declared = dataset.columns
        return {n: c.type for n, c in declared.items()}, {n: c.from_ for n, c in declared.items()}
    columns, mixed = infer_columns(_as_read(files))
    if mixed:
        raise Stop(*(problems.mixed_column(n, name, m.first, m.second) for n, m in mixed.items()))
    return columns, {column: column for column in columns}


def _as_read(files: list[tuple[SourceFile, FileSource]]) -> Iterator[dict[str, Any]]:
    for file, source in files:
        for row in read_rows(file, source):
            if row.values is not None:
                yield row.values
                if source.format in TEXTUAL:
                    break


def _good_rows(reading: _Reading, files: list[tuple[SourceFile, FileSource]]) -> Iterator[tuple[Any, ...]]:
    for number, (file, source) in enumerate(files):
        split = reading.splits.index(file.split)
        textual = source.format in TEXTUAL
        convert = {
            column: (reading.origins[column], _stored(type_, textual)) for column, type_ in reading.columns.items()
        }
        for row in _with_columns(read_rows(file, source), reading, file, textual):
            values = _convert(row, convert, file, reading.bad)
            if values is not None:
                yield (split, number, row.number, *values)


def _stored(type_: ColumnType, textual: bool) -> Converter:
    """Value as read → value as it stands in the Arrow file."""
    convert = converter(type_, textual=textual)
    if is_text(type_):
        return convert

    def as_json(value: Any) -> str:
        text = json.dumps(convert(value), ensure_ascii=False, separators=(",", ":"))
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                raise ValueError("half of a surrogate pair, which no UTF-8 text can hold") from None
        return text

    return as_json


def _convert(
    row: Row, convert: dict[str, tuple[str, Callable[[Any], Any]]], file: SourceFile, bad: list[BadRow]
) -> list[Any] | None:
    if row.values is None:
        bad.append(BadRow(file, row, None, row.problem or ""))
        return None
    values = []
    for column, (origin, function) in convert.items():
        value = row.values.get(origin)
        try:
            values.append(function(value))
        except ValueError as error:
            reason = str(error) if origin in row.values else "it is missing"
            bad.append(BadRow(file, row, column, reason))
            return None
        except RecursionError:
            bad.append(BadRow(file, row, column, "nested too deeply"))
            return None
    return values


def _with_columns(rows: Iterator[Row], reading: _Reading, file: SourceFile, textual: bool) -> Iterator[Row]:
    """Passes rows on. Raises Stop where a whole file lacks a column: known at the first row where a header says so,
    else once no row had it."""
    wanted = {
        origin: column
        for column, origin in reading.origins.items()
        if textual or not isinstance(reading.columns[column], Optional)
    }
    missing = dict(wanted)
    seen: dict[str, None] = {}
    for row in rows:
        if row.values is not None and missing:
            seen |= dict.fromkeys(row.values)
            missing = {origin: column for origin, column in missing.items() if origin not in row.values}
            if textual and missing:
                break
        yield row
    if missing and seen:
        raise Stop(
            *(
                problems.missing_column(
                    column, origin, reading.name, file.name, list(seen), closest(origin, list(seen))
                )
                for origin, column in missing.items()
            )
        )
