"""One source to its files, one file to its rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from recipe_lang.program.program import DataSource, FileSource
from runtime.data.source.columnar import arrow_splits, read_arrow, read_parquet
from runtime.data.source.delimited import read_csv, read_tsv
from runtime.data.source.document import read_json
from runtime.data.source.lines import read_jsonl, read_text
from runtime.data.source.open import SourceFile, find_files
from runtime.data.source.row import Row

_READERS = {
    "csv": read_csv,
    "tsv": read_tsv,
    "jsonl": read_jsonl,
    "text": read_text,
    "parquet": read_parquet,
    "arrow": read_arrow,
}
TEXTUAL = ("csv", "tsv", "text")
"""Formats whose every value is text: an empty one is absent where a column is optional."""


def source_splits(source: DataSource | dict[str, DataSource]) -> dict[str, DataSource]:
    """Split → source; a single source is the split `train`."""
    return source if isinstance(source, dict) else {"train": source}


def read_files(source: FileSource, root: Path, split: str, pointer: str) -> list[SourceFile]:
    """The files of a source in the order of their names; a saved `DatasetDict` gives its own splits."""
    if source.format != "arrow":
        return find_files(source.paths, root, split, pointer)
    files = []
    for file in find_files(source.paths, root, split, pointer, folders=True):
        for own in arrow_splits(file.path) or [None]:
            folder, name = (file.path / own, f"{file.name}/{own}") if own else (file.path, file.name)
            files.append(SourceFile(folder, name, own or split, file.pointer))
    return files


def read_rows(file: SourceFile, source: FileSource) -> Iterator[Row]:
    """Rows in the order of the file. Raises Stop where the file as a whole cannot be read."""
    if source.format == "json":
        return read_json(file, source.rows)
    return _READERS[source.format](file)
