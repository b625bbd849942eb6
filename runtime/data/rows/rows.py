"""The rows of a data set: read, converted by declared type, verified, and kept in one Arrow file of the cache.

Text stands in the file as it is, every other type as JSON, so that what is read back is what was converted. The file is
read batch by batch; nothing here holds a data set in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from recipe_lang.jinja.values import labels
from recipe_lang.program.columns import ColumnType, LabelType, Optional, Text
from runtime.data.source.row import Values

ROWS_A_BATCH = 2048


@dataclass(frozen=True)
class Rows:
    """Row `i` is the i-th good row, files in the order of their names."""

    folder: Path
    columns: dict[str, ColumnType]
    files: list[str]
    splits: list[str]
    """The source's own, in the order of the recipe."""
    count: int
    bad: list[str]
    """Rows left out, each with file, number and reason."""
    hash: str
    """sha256 over the hashes of the files."""

    @property
    def source(self) -> int:
        return self.count + len(self.bad)

    def batches(self, wanted: np.ndarray | None = None) -> Iterator[tuple[np.ndarray, list[Values]]]:
        """Row indices, ascending, with their values. `wanted`: sorted indices; batches without any are not read."""
        with pa.OSFile(str(self.folder / "rows.arrow")) as stored:
            reader = pa.ipc.open_file(stored)
            for number, start in enumerate(range(0, self.count, ROWS_A_BATCH)):
                if wanted is None:
                    indices = np.arange(start, min(start + ROWS_A_BATCH, self.count))
                else:
                    low, high = np.searchsorted(wanted, [start, start + ROWS_A_BATCH])
                    indices = wanted[low:high]
                if len(indices):
                    batch = reader.get_batch(number)
                    if len(indices) < batch.num_rows:
                        batch = batch.take(pa.array(indices - start))
                    yield indices, self._values(batch)

    def row(self, index: int) -> Values:
        part, offset = divmod(index, ROWS_A_BATCH)
        return self._values(self._mapped.get_batch(part).slice(offset, 1))[0]

    def place(self, index: int) -> str:
        """Where a row comes from: file and number."""
        part, offset = divmod(index, ROWS_A_BATCH)
        batch = self._mapped.get_batch(part)
        return f"{self.files[batch.column(1)[offset].as_py()]}, row {batch.column(2)[offset].as_py()}"

    @cached_property
    def split_of(self) -> np.ndarray:
        """Index into `splits` of every row."""
        with pa.OSFile(str(self.folder / "rows.arrow")) as stored:
            reader = pa.ipc.open_file(stored, options=pa.ipc.IpcReadOptions(included_fields=[0]))
            parts = [reader.get_batch(i).column(0).to_numpy() for i in range(reader.num_record_batches)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    @cached_property
    def _mapped(self) -> pa.ipc.RecordBatchFileReader:
        return pa.ipc.open_file(pa.memory_map(str(self.folder / "rows.arrow")))

    def _values(self, batch: pa.RecordBatch) -> list[Values]:
        lists = []
        for index, type_ in enumerate(self.columns.values(), start=3):
            lists.append(_revived(batch.column(index).to_pylist(), type_))
        return [dict(zip(self.columns, values, strict=True)) for values in zip(*lists, strict=True)]


def _revived(values: list[str | None], type_: ColumnType) -> list[Any]:
    """Stored text to the values that templates see; labels know their positions."""
    inner = type_.item if isinstance(type_, Optional) else type_
    if isinstance(inner, LabelType):
        known = {None: None} | {str(label): label for label in labels(inner.names)}
        return [known[value] for value in values]
    return values if isinstance(inner, Text) else [json.loads(value) for value in values]


def is_text(type_: ColumnType) -> bool:
    return isinstance(type_.item if isinstance(type_, Optional) else type_, Text | LabelType)
