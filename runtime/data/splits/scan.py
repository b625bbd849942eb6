"""One pass over the rows of a data set: what `keep_if` keeps, and every hash that uniqueness, splits and order need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import rows as problems
from recipe_lang.jinja.environment import RenderError, compile_expression
from recipe_lang.program.dataset import Dataset
from recipe_lang.program.split import HashSplit
from runtime.data.rows.content import HASH, content_hash, row_hash
from runtime.data.rows.rows import Rows


@dataclass(frozen=True)
class Scan:
    """Aligned arrays, one element a row that `keep_if` kept, in the order of the rows. Hashes are 16 bytes."""

    rows: np.ndarray
    """Row indices, ascending."""
    identity: np.ndarray
    """Over all columns, exactly."""
    content: np.ndarray
    """Over the columns that prompts read, normalised."""
    unique: np.ndarray | None
    group: np.ndarray | None
    stratum: np.ndarray | None
    place: np.ndarray | None
    """Over the column of `by = hash(column)`."""

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, chosen: np.ndarray) -> Scan:
        """The same arrays at some of their places."""
        taken = (None if array is None else array[chosen] for array in vars(self).values())
        return Scan(*taken)


def scan(name: str, dataset: Dataset, rows: Rows, content_columns: Sequence[str]) -> Scan:
    """Raises Stop where `keep_if` fails on a row."""
    keep = compile_expression(dataset.keep_if) if dataset.keep_if is not None else None
    split = dataset.split
    keys = [
        list(content_columns),
        dataset.unique_by,
        (split and split.group_by) or None,
        [split.stratify_by] if split and split.stratify_by else None,
        [split.by.column] if split and isinstance(split.by, HashSplit) else None,
    ]
    kept: list[int] = []
    identity: list[bytes] = []
    hashes: list[list[bytes]] = [[] for _ in keys]
    for indices, batch in rows.batches():
        for index, values in zip(indices.tolist(), batch, strict=True):
            if keep is not None:
                try:
                    if not keep.evaluate(values, seed=0):
                        continue
                except RenderError as error:
                    raise Stop(problems.filter_failed(name, rows.place(index), error.message)) from error
            kept.append(index)
            identity.append(row_hash(values))
            for columns, hashed in zip(keys, hashes, strict=True):
                if columns is not None:
                    hashed.append(content_hash([values[column] for column in columns]))
    arrays = [np.array(h, dtype=HASH) if columns is not None else None for columns, h in zip(keys, hashes, strict=True)]
    return Scan(np.array(kept, dtype=np.int64), np.array(identity, dtype=HASH), *arrays)
