"""A data set from rows to splits: filter, uniqueness, split, limit, in this order, each step counted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import rows as problems
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.program.dataset import Dataset
from recipe_lang.program.document import digest
from recipe_lang.program.facts import DatasetFacts, Overlap
from recipe_lang.program.split import HashSplit
from runtime.base.seeds import seed
from runtime.data.cache.entries import cache_folder, code_version, made_once
from runtime.data.rows.content import keyed_order
from runtime.data.rows.rows import ROWS_A_BATCH, Rows
from runtime.data.source.row import Values
from runtime.data.splits.group import group_identity, group_rows
from runtime.data.splits.limit import limit_splits
from runtime.data.splits.scan import Scan, scan
from runtime.data.splits.split import Splitting, split_rows
from runtime.data.splits.unique import keep_unique


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was kept."""

    index: int
    """Its place in `Rows`."""
    id: str
    """The same on every machine and in any order of files; unique in the data set."""
    values: Values
    source: Rows

    @property
    def place(self) -> str:
        """Where it comes from: file and number."""
        return self.source.place(self.index)


@dataclass(frozen=True)
class Selection:
    """The rows of a data set's splits.

    `members` are all of them, ascending; `identity`, `content` and `group` (16 bytes each) and `repeat` (the how
    manieth row of one identity) are aligned with it.
    """

    name: str
    rows: Rows
    key: str
    """sha256 of all that the selection follows from."""
    splits: dict[str, np.ndarray]
    """Split → row indices in their seeded order."""
    members: np.ndarray
    identity: np.ndarray
    content: np.ndarray
    group: np.ndarray
    repeat: np.ndarray
    filtered: int
    duplicates: int
    unsplit: int
    limited: int
    overlapping: int = 0
    """Training rows that `on_overlap = drop_from_train` removed."""
    overlaps: Sequence[Overlap] = ()

    def row(self, index: int) -> Row:
        return Row(index, self._ids([index])[0], self.rows.row(index), self.rows)

    def batches(self, indices: np.ndarray, most: int = ROWS_A_BATCH) -> Iterator[list[Row]]:
        """At most so many rows at once. `indices` ascend."""
        for stored, values in self.rows.batches(indices):
            each = zip(stored.tolist(), self._ids(stored), values, strict=True)
            rows = [Row(index, name, row_values, self.rows) for index, name, row_values in each]
            for start in range(0, len(rows), most):
                yield rows[start : start + most]

    def _ids(self, indices: Sequence[int] | np.ndarray) -> list[str]:
        at = np.searchsorted(self.members, indices)
        pairs = zip(self.identity[at].tolist(), self.repeat[at].tolist(), strict=True)
        return [_hex(identity) + (f"-{again + 1}" if again else "") for identity, again in pairs]

    def group_id(self, index: int) -> str:
        return _hex(self.group[self._at(index)])

    def groups_of(self, indices: np.ndarray) -> int:
        """How many groups these rows are of."""
        return len(set(self.groups(np.unique(indices)).tolist()))

    def groups(self, indices: np.ndarray) -> np.ndarray:
        """The group of each of these rows (16 bytes each)."""
        return self.group[np.searchsorted(self.members, indices)]

    def content_of(self, index: int) -> bytes:
        """The hash of what prompts read of a row, normalised."""
        return bytes(self.content[self._at(index)])

    @cached_property
    def rank(self) -> np.ndarray:
        """Row index → its place in the seeded order of its split."""
        ranks = np.zeros(self.rows.count, np.int64)
        for order in self.splits.values():
            ranks[order] = np.arange(len(order))
        return ranks

    @property
    def facts(self) -> DatasetFacts:
        return DatasetFacts(
            source=self.rows.source,
            bad=len(self.rows.bad),
            filtered=self.filtered,
            duplicates=self.duplicates,
            unsplit=self.unsplit,
            limited=self.limited,
            overlapping=self.overlapping,
            overlaps=list(self.overlaps),
            splits={split: len(order) for split, order in self.splits.items()},
            columns=self.rows.columns,
            hash=self.rows.hash,
        )

    def _at(self, index: int) -> int:
        return int(np.searchsorted(self.members, index))


def select(name: str, dataset: Dataset, rows: Rows, content_columns: Sequence[str], root_seed: int) -> Selection:
    """`content_columns`: those that prompts read, which decide what counts as the same row; all where there are none.

    Raises Stop where settings name columns that are not there, nothing is left, or splits cannot be made.
    """
    _verify_columns(name, dataset, rows)
    columns = list(content_columns) or sorted(rows.columns)
    settings = dataset.model_dump(mode="json", include={"keep_if", "unique_by", "limit", "split"})
    key = digest([rows.folder.name, settings, columns, root_seed, name, code_version()])
    folder = made_once(
        cache_folder("selections", key),
        lambda partial: _write(partial, _select(name, dataset, rows, columns, root_seed)),
    )
    arrays = {path.stem: np.load(path) for path in folder.glob("*.npy")}
    meta = json.loads((folder / "selection.json").read_text("utf-8"))
    splits = {split: arrays.pop(f"split-{number}") for number, split in enumerate(meta.pop("splits"))}
    return Selection(name=name, rows=rows, key=key, splits=splits, **arrays, **meta)


def _select(name: str, dataset: Dataset, rows: Rows, columns: list[str], root_seed: int) -> dict[str, object]:
    scanned = scan(name, dataset, rows, columns)
    if len(scanned) == 0:
        raise Stop(problems.nothing_kept(name, rows.count))
    unique = keep_unique(scanned)
    source_splits = rows.split_of[unique.rows]
    places = split_rows(Splitting(name, dataset.split, unique, source_splits, rows.splits, root_seed))
    ordered = {split: _ordered(unique, at, seed(root_seed, "order", name, split)) for split, at in places.items()}
    divided = sum(map(len, ordered.values()))
    limited = limit_splits(ordered, dataset.limit)
    empty = next((split for split, order in limited.items() if len(order) == 0), None)
    if empty is not None:
        raise Stop(problems.limit_empties_split(empty, name, dataset.limit or 0))
    groups = group_identity(group_rows(unique), unique.identity)[group_rows(unique)]
    chosen = np.sort(np.concatenate(list(limited.values())))
    kept = unique.at(chosen)
    return {
        "members": kept.rows,
        "identity": kept.identity,
        "content": kept.content,
        "group": groups[chosen],
        "repeat": _repeats(kept.identity),
        "splits": {split: unique.rows[order] for split, order in limited.items()},
        "filtered": rows.count - len(scanned),
        "duplicates": len(scanned) - len(unique),
        "unsplit": len(unique) - divided,
        "limited": divided - len(chosen),
    }


def _write(folder: Path, selected: dict[str, object]) -> None:
    splits: Mapping[str, np.ndarray] = selected.pop("splits")  # type: ignore[assignment]
    for number, order in enumerate(splits.values()):
        np.save(folder / f"split-{number}.npy", order)
    meta = {"splits": list(splits)}
    for name, value in selected.items():
        if isinstance(value, np.ndarray):
            np.save(folder / f"{name}.npy", value)
        else:
            meta[name] = value  # type: ignore[assignment]
    (folder / "selection.json").write_text(json.dumps(meta), "utf-8")


def _ordered(scanned: Scan, places: np.ndarray, key: int) -> np.ndarray:
    return places[keyed_order(scanned.identity[places], key)]


def _repeats(identity: np.ndarray) -> np.ndarray:
    """0 for the first row of an identity, 1 for the second, …"""
    order = np.argsort(identity, kind="stable")
    same = identity[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = same[1:] != same[:-1]
    starts = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    repeats = np.empty(len(order), np.int32)
    repeats[order] = np.arange(len(order)) - starts
    return repeats


def _hex(identity: bytes) -> str:
    return bytes(identity).ljust(16, b"\0")[:8].hex()


def _verify_columns(name: str, dataset: Dataset, rows: Rows) -> None:
    """A column that only the data can tell, where the recipe declares none."""
    split = dataset.split
    named = [("unique_by", column) for column in dataset.unique_by or []]
    if split:
        named += [("split/group_by", column) for column in split.group_by]
        named += [("split/stratify_by", split.stratify_by)] if split.stratify_by else []
        named += [("split/by", split.by.column)] if isinstance(split.by, HashSplit) else []
    unknown = [(setting, column) for setting, column in named if column not in rows.columns]
    if unknown:
        raise Stop(
            *(
                problems.unknown_column(
                    column, name, f"/datasets/{name}/{setting}", closest(column, list(rows.columns))
                )
                for setting, column in unknown
            )
        )
