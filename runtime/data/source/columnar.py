"""parquet files, arrow files (stream or file format) and folders that `datasets` wrote with `save_to_disk`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, Field

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import rows as problems
from recipe_lang.regular import leads_out, regular
from runtime.base.documents import Form, Name, Unreadable, document
from runtime.base.expansion import Expansion
from runtime.data.source.arrow import ROWS_AT_ONCE, rows_of, verify_schema
from runtime.data.source.open import SourceFile
from runtime.data.source.row import SourceRow


class _Splits(BaseModel):
    """`dataset_dict.json`."""

    splits: list[Name]


class _DataFile(BaseModel):
    filename: Name


class _State(BaseModel):
    """`state.json`."""

    data_files: list[_DataFile] = Field(alias="_data_files")


def read_parquet(file: SourceFile) -> Iterator[SourceRow]:
    return _read(file, _parquet)


def read_arrow(file: SourceFile) -> Iterator[SourceRow]:
    return _read(file, _arrow)


def arrow_splits(file: SourceFile) -> list[str] | None:
    """Names of the splits of a saved `DatasetDict`; None for anything else. Raises Stop."""
    _verify_inside(file)
    listing = file.path / "dataset_dict.json"
    return _listing(listing, _Splits, file).splits if listing.is_file() else None


def _read(file: SourceFile, batches: Callable[[SourceFile], Iterable[pa.RecordBatch]]) -> Iterator[SourceRow]:
    try:
        stored = file.path.rglob("*") if file.path.is_dir() else [file.path]
        yield from rows_of(batches(file), Expansion(sum(path.stat().st_size for path in stored)).add)
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise Stop(problems.unreadable_file(file.name, _reason(error), file.pointer)) from error


def _parquet(file: SourceFile) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(file.path) as parquet:
        verify_schema(parquet.schema_arrow, file.name, file.pointer)
        yield from parquet.iter_batches(ROWS_AT_ONCE)


def _arrow(file: SourceFile) -> Iterator[pa.RecordBatch]:
    for path in _arrow_files(file):
        regular(path).close()
        with pa.OSFile(str(path)) as stored:
            try:
                reader = pa.ipc.open_stream(stored)
            except pa.ArrowInvalid:
                reader = pa.ipc.open_file(stored)
            verify_schema(reader.schema, file.name, file.pointer)
            opened = isinstance(reader, pa.ipc.RecordBatchFileReader)
            yield from map(reader.get_batch, range(reader.num_record_batches)) if opened else reader


def _arrow_files(file: SourceFile) -> list[Path]:
    path = file.path
    if path.is_file():
        return [path]
    _verify_inside(file)
    state = path / "state.json"
    if state.is_file():
        return [path / entry.filename for entry in _listing(state, _State, file).data_files]
    files = sorted(path.glob("*.arrow"))
    if not files:
        raise OSError("the folder has no .arrow files")
    return files


def _verify_inside(file: SourceFile) -> None:
    """Raises Stop where a link in a folder leads out of its repository."""
    if link := next(filter(leads_out, sorted(file.path.iterdir()) if file.path.is_dir() else []), None):
        reason = f"`{link.name}` in it is a link that leads out of the repository"
        raise Stop(problems.unreadable_file(file.name, reason, file.pointer))


def _listing(path: Path, form: type[Form], file: SourceFile) -> Form:
    try:
        return document(path, form)
    except Unreadable as error:
        reason = f"`{path.name}` in it is not what `datasets` writes: it {error}"
        raise Stop(problems.unreadable_file(file.name, reason, file.pointer)) from error


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
