"""Training rows that stand in an evaluation too: the same question, the same text, or a run of 13 words in common."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from recipe_lang.program.document import digest
from runtime.base.documents import Unreadable, document
from runtime.base.files import write_atomic
from runtime.data.cache.entries import cache_folder, code_version
from runtime.data.overlap.grams import SHORTEST, Grams, grams_of, words_of
from runtime.data.rows.content import content_hash, normalise
from runtime.data.splits.select import Selection

_COMMON = 10
"""What stands in more rows of different content than this, on either side, is a phrase of the data, not a copy (as in
GPT-3's appendix C); a whole question never is."""


@dataclass(frozen=True)
class Side:
    """Rows that are compared: a split, and the columns that are read of it."""

    selection: Selection
    split: str
    columns: tuple[str, ...]
    said: tuple[str, ...]
    """All that prompts and completions read."""

    @property
    def key(self) -> list[Any]:
        return [self.selection.key, self.split, list(self.columns), list(self.said)]


@dataclass(frozen=True, slots=True)
class Match:
    """An evaluated row and the training row that it stands in."""

    evaluated: int
    trained: int
    whole: bool
    """Whether a whole text is the same, not only a run of words."""


def find_overlap(trained: Side, evaluated: Side) -> list[Match]:
    """Matches that name every row that is in one, each with one of the rows that it matches; kept by content."""
    path = cache_folder("overlaps", digest([trained.key, evaluated.key, code_version()])).with_suffix(".json")
    with suppress(Unreadable):
        return [Match(*match) for match in document(path, list[tuple[int, int, bool]])]
    found = _find(trained, evaluated)
    write_atomic(path, json.dumps([[m.evaluated, m.trained, m.whole] for m in found]))
    return found


def _find(trained: Side, evaluated: Side) -> list[Match]:
    same = _equal if trained.selection is evaluated.selection else _short
    pairs = dict.fromkeys(same(trained, evaluated), True)
    for pair, whole in _copied(trained, evaluated):
        pairs[pair] = pairs.get(pair, False) or whole
    return [Match(*pair, whole) for pair, whole in sorted(pairs.items())]


def _equal(trained: Side, evaluated: Side) -> Iterator[tuple[int, int]]:
    """Within a data set rows are the same when all that prompts read is."""
    yield from _meet(_contents(trained), _contents(evaluated))


def _contents(side: Side) -> Iterator[tuple[bytes, int]]:
    for index in side.selection.splits[side.split].tolist():
        yield side.selection.content_of(index), index


def _short(trained: Side, evaluated: Side) -> Iterator[tuple[int, int]]:
    """Rows of texts too short to be known by their words are the same when question and answer are: a name alone is no
    question, its capital is asked as well as its currency."""
    asked = list(_spoken(evaluated))
    if asked:
        yield from _meet(_spoken(trained), asked)


def _spoken(side: Side) -> Iterator[tuple[bytes, int]]:
    """A hash of all that a row says, whatever its columns are called; of rows that have only short texts."""
    for indices, batch in side.selection.rows.batches(np.sort(side.selection.splits[side.split])):
        for index, values in zip(indices.tolist(), batch, strict=True):
            said = [leaf for column in side.said for leaf in _leaves(values[column])]
            if any(isinstance(leaf, str) for leaf in said) and all(_is_short(leaf) for leaf in said):
                yield content_hash(sorted(normalise(str(leaf)) for leaf in said)), index


def _is_short(leaf: Any) -> bool:
    return not isinstance(leaf, str) or len(words_of(leaf)) < SHORTEST


def _meet(trained: Iterable[tuple[bytes, int]], evaluated: Iterable[tuple[bytes, int]]) -> Iterator[tuple[int, int]]:
    wanted: dict[bytes, list[int]] = defaultdict(list)
    for key, index in evaluated:
        wanted[key].append(index)
    meeting: dict[bytes, list[int]] = defaultdict(list)
    for key, index in trained:
        if key in wanted:
            meeting[key].append(index)
    for key, rows in meeting.items():
        yield from _linked(wanted[key], rows)


def _linked(evaluated: Sequence[int], trained: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Every row of either side with one of the other: as many pairs as rows, not as their product."""
    yield from ((index, trained[0]) for index in evaluated)
    yield from ((evaluated[0], index) for index in trained[1:])


def _copied(trained: Side, evaluated: Side) -> Iterator[tuple[tuple[int, int], bool]]:
    wanted, owners, wholes, alone = _sorted(evaluated)
    if len(wanted) == 0:
        return
    hits: list[np.ndarray] = []
    rows: list[np.ndarray] = []
    for indices, grams, _ in _batches(trained):
        place = np.searchsorted(wanted, grams.hashes)
        shared = wanted[np.minimum(place, len(wanted) - 1)] == grams.hashes
        hits.append(place[shared])
        rows.append(indices[grams.owner[shared]])
    if not any(map(len, hits)):
        return
    pairs = np.unique(np.stack([np.concatenate(hits), np.concatenate(rows)]), axis=1)
    starts, firsts = np.unique(pairs[0], return_index=True)
    ends = np.searchsorted(wanted, wanted[starts], side="right")
    for start, end, row in zip(starts.tolist(), ends.tolist(), np.split(pairs[1], firsts[1:]), strict=True):
        phrase = _is_phrase(trained, row) or _is_phrase(evaluated, owners[start:end])
        kept = np.arange(start, end)[alone[start:end] | (not phrase)]
        for whole in (True, False):
            asked = owners[kept[wholes[kept] == whole]].tolist()
            if asked:
                yield from ((pair, whole) for pair in _linked(asked, row.tolist()))


def _is_phrase(side: Side, rows: np.ndarray) -> bool:
    return len(rows) > _COMMON and len({side.selection.content_of(row) for row in rows.tolist()}) > _COMMON


def _sorted(side: Side) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Aligned arrays, ascending by hash: hashes, rows, whether a whole text, whether all that its row says."""
    parts = [
        (grams.hashes, indices[grams.owner], grams.whole, grams.whole & alone[grams.owner])
        for indices, grams, alone in _batches(side)
    ]
    hashes, owners, wholes, alone = (np.concatenate([part[field] for part in parts]) for field in range(4))
    order = np.argsort(hashes, kind="stable")
    return hashes[order], owners[order], wholes[order], alone[order]


def _batches(side: Side) -> Iterator[tuple[np.ndarray, Grams, np.ndarray]]:
    """Grams of the texts of a batch of rows; of each text its row, and whether the row says nothing else."""
    for indices, batch in side.selection.rows.batches(np.sort(side.selection.splits[side.split])):
        texts: list[tuple[int, str, bool]] = []
        for index, values in zip(indices.tolist(), batch, strict=True):
            said = [leaf for column in side.columns for leaf in _leaves(values[column])]
            texts += [(index, leaf, len(said) == 1) for leaf in said if isinstance(leaf, str)]
        rows = np.array([index for index, _, _ in texts], np.int64)
        yield rows, grams_of([text for _, text, _ in texts]), np.array([alone for _, _, alone in texts], bool)


def _leaves(value: Any) -> Iterator[Any]:
    """Every text, number and truth value in a column's value."""
    if isinstance(value, dict):
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            yield from _leaves(part)
    elif value is not None and value != "":
        yield value
