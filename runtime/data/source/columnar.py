"""parquet files, arrow files (stream or file format) and folders that `datasets` wrote with `save_to_disk`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import rows as problems
from runtime.data.source.open import SourceFile
from runtime.data.source.row import SourceRow

_ROWS_AT_ONCE = 4096


def read_parquet(file: SourceFile) -> Iterator[SourceRow]:
    try:
        with pq.ParquetFile(file.path) as parquet:
            yield from _rows(parquet.iter_batches(_ROWS_AT_ONCE))
    except (OSError, pa.ArrowException) as error:
        raise Stop(problems.unreadable_file(file.name, _reason(error), file.pointer)) from error


def read_arrow(file: SourceFile) -> Iterator[SourceRow]:
    try:
        yield from _rows(batch for path in _arrow_files(file.path) for batch in _arrow_batches(path))
    except (OSError, pa.ArrowException) as error:
        raise Stop(problems.unreadable_file(file.name, _reason(error), file.pointer)) from error


def arrow_splits(folder: Path) -> list[str] | None:
    """Names of the splits of a saved `DatasetDict`; None for anything else."""
    listing = folder / "dataset_dict.json"
    return json.loads(listing.read_text("utf-8"))["splits"] if listing.is_file() else None


def _arrow_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    state = path / "state.json"
    if state.is_file():
        return [path / entry["filename"] for entry in json.loads(state.read_text("utf-8"))["_data_files"]]
    files = sorted(path.glob("*.arrow"))
    if not files:
        raise OSError("the folder has no .arrow files")
    return files


def _arrow_batches(path: Path) -> Iterator[pa.RecordBatch]:
    with pa.OSFile(str(path)) as stored:
        try:
            reader = pa.ipc.open_stream(stored)
        except pa.ArrowInvalid:
            opened = pa.ipc.open_file(stored)
            reader = (opened.get_batch(index) for index in range(opened.num_record_batches))
        for batch in reader:
            for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
                yield batch.slice(start, _ROWS_AT_ONCE)


def _rows(batches: Iterator[pa.RecordBatch]) -> Iterator[SourceRow]:
    number = 0
    for batch in batches:
        for values in batch.to_pylist():
            number += 1
            yield SourceRow(number, None, values)


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
