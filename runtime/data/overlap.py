"""Training rows that stand in an evaluation too: the same text, or a run of 13 words in common."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recipe_lang.program.document import digest
from runtime.base.files import write_atomic
from runtime.data.cache import cache_folder, code_version
from runtime.data.grams import Grams, grams_of
from runtime.data.select import Selection

_COMMON = 10
"""What stands in more rows than this on either side is a phrase of the data, not a copy (as in GPT-3's appendix C)."""


@dataclass(frozen=True)
class Side:
    """Rows that are compared: a split, and the columns that are read of it."""

    selection: Selection
    split: str
    columns: tuple[str, ...]

    @property
    def key(self) -> list[Any]:
        return [self.selection.key, self.split, list(self.columns)]


@dataclass(frozen=True, slots=True)
class Match:
    """An evaluated row and the training row that it stands in."""

    evaluated: int
    trained: int
    whole: bool
    """Whether a whole text is the same, not only a run of words."""


def find_overlap(trained: Side, evaluated: Side) -> list[Match]:
    """One match for each pair of rows, kept by content."""
    path = cache_folder("overlaps", digest([trained.key, evaluated.key, code_version()])).with_suffix(".json")
    if not path.exists():
        write_atomic(path, json.dumps([[m.evaluated, m.trained, m.whole] for m in _find(trained, evaluated)]))
    return [Match(*found) for found in json.loads(path.read_text("utf-8"))]


def _find(trained: Side, evaluated: Side) -> list[Match]:
    pairs = dict.fromkeys(_equal(trained, evaluated), True)
    for pair, whole in _copied(trained, evaluated):
        pairs[pair] = pairs.get(pair, False) or whole
    return [Match(*pair, whole) for pair, whole in sorted(pairs.items())]


def _equal(trained: Side, evaluated: Side) -> Iterator[tuple[int, int]]:
    """Within a data set rows are the same when all that prompts read is."""
    if trained.selection is not evaluated.selection:
        return
    known: dict[bytes, int] = {}
    for index in trained.selection.splits[trained.split].tolist():
        known.setdefault(trained.selection.content_of(index), index)
    for index in evaluated.selection.splits[evaluated.split].tolist():
        content = evaluated.selection.content_of(index)
        if content in known:
            yield index, known[content]


def _copied(trained: Side, evaluated: Side) -> Iterator[tuple[tuple[int, int], bool]]:
    wanted, owners, wholes = _sorted(evaluated)
    if len(wanted) == 0:
        return
    hits: list[np.ndarray] = []
    rows: list[np.ndarray] = []
    for indices, grams in _batches(trained):
        place = np.minimum(np.searchsorted(wanted, grams.hashes), len(wanted) - 1)
        found = wanted[place] == grams.hashes
        hits.append(place[found])
        rows.append(indices[grams.owner[found]])
    hit, row = np.concatenate(hits), np.concatenate(rows)
    pairs = np.unique(np.stack([hit, row]), axis=1)
    trained_in = np.bincount(pairs[0], minlength=len(wanted))
    for place, index in pairs.T.tolist():
        end = int(np.searchsorted(wanted, wanted[place], side="right"))
        if trained_in[place] <= _COMMON and end - place <= _COMMON:
            for at in range(place, end):
                yield (int(owners[at]), index), bool(wholes[at])


def _sorted(side: Side) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    parts = [(grams.hashes, indices[grams.owner], grams.whole) for indices, grams in _batches(side)]
    hashes, owners, wholes = (np.concatenate([part[field] for part in parts]) for field in range(3))
    order = np.argsort(hashes, kind="stable")
    return hashes[order], owners[order], wholes[order]


def _batches(side: Side) -> Iterator[tuple[np.ndarray, Grams]]:
    """Grams of the texts of a batch of rows; `indices[grams.owner]` are their rows."""
    for indices, batch in side.selection.rows.batches(np.sort(side.selection.splits[side.split])):
        texts = [
            (index, text)
            for index, values in zip(indices.tolist(), batch, strict=True)
            for text in _texts(side, values)
        ]
        yield np.array([index for index, _ in texts], np.int64), grams_of([text for _, text in texts])


def _texts(side: Side, values: dict[str, Any]) -> Iterator[str]:
    for column in side.columns:
        yield from _leaves(values[column])


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, Sequence):
        for part in value:
            yield from _leaves(part)
