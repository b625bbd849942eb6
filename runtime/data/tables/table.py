"""Token tables: the labelled examples of a task and split, flat and memory-mapped."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

_AT_ONCE = 2**14
"""Examples whose marks are summed together: a table does not fit into memory as sums."""


class Flag:
    """Bits of `TokenTable.flags`."""

    MERGED = 1
    CUT = 2
    TRIMMED = 4
    NORMALISED = 8
    LOSSY = 16
    FEWER = 32
    """It has fewer exemplars than were asked for: the pool has no more for the row, or more would not fit."""


@dataclass(frozen=True)
class TokenTable:
    """Example `i` is `tokens[offsets[i]:offsets[i + 1]]`; `trained` marks the tokens whose loss counts.

    Examples stand in a seeded order that no order of files changes, so any prefix is a sample. For sequence-to-sequence
    models the tokens that are not trained are the encoder's input, the others the labels.
    """

    tokens: np.ndarray
    """int32, all examples one after the other."""
    trained: np.ndarray
    """bool, as long as `tokens`."""
    offsets: np.ndarray
    """int64, one more than examples."""
    starts: np.ndarray
    """int32, how many of an example's tokens are asked before its answer, the last one of a conversation."""
    rows: np.ndarray
    """int64, each example's row in the data."""
    templates: np.ndarray
    """int16, each example's place in the task's list of templates."""
    turns: np.ndarray
    """int16, the answered turn of an unrolled conversation, else 0."""
    flags: np.ndarray
    """uint8, see `Flag`."""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """(ids, trained) of one example, as views."""
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        part = slice(self.offsets[index], self.offsets[index + 1])
        return self.tokens[part], self.trained[part]

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each example."""
        return np.diff(self.offsets)

    @property
    def trained_lengths(self) -> np.ndarray:
        """Trained tokens of each example."""
        counts = np.zeros(len(self), np.int64)
        for start in range(0, len(self), _AT_ONCE):
            offsets = self.offsets[start : start + _AT_ONCE + 1]
            total = np.cumsum(np.concatenate([[False], self.trained[offsets[0] : offsets[-1]]]), dtype=np.int64)
            ends = total[offsets - offsets[0]]
            counts[start : start + _AT_ONCE] = np.diff(ends)
        return counts

    def flagged(self, flag: int) -> int:
        return int(np.count_nonzero(self.flags & flag))


def open_table(folder: Path) -> TokenTable:
    """A table as `runtime.data.tables.parts` wrote it: mapped, not read."""
    return TokenTable(**{field.name: _mapped(folder / f"{field.name}.npy") for field in fields(TokenTable)})


def _mapped(path: Path) -> np.ndarray:
    # An empty file cannot be mapped.
    array = np.load(path, mmap_mode="r") if path.stat().st_size > 128 else np.load(path)
    return np.asarray(array)
