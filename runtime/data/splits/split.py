"""Splits: which row stands where.

Guarantees, in this order: no group is divided (rows of equal normalised content are a group), counts hold, strata are
spread evenly, shares are met. Rows are ordered by a hash keyed with the seed and filled into the splits one after the
other (`in_order`), so the result depends on the seed and the data alone. Without groups counts and shares are exact.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import rows as problems
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.program.apportion import largest_remainder
from recipe_lang.program.split import CountOfRows, PartOf, ShareOfRows, SourceSplit, Split
from runtime.base.seeds import seed
from runtime.data.rows.content import keyed_order
from runtime.data.splits.group import group_identity, group_rows
from runtime.data.splits.limit import in_order
from runtime.data.splits.scan import Scan

_LEFT_OUT = ""
"""What takes the rows that counts leave where no share does."""

Places = dict[str, np.ndarray]
"""Split → places in a scan, ascending."""


@dataclass(frozen=True, slots=True)
class Splitting:
    """What is split, and how. `source_split` is each scanned row's place in `splits`, those of the source."""

    dataset: str
    split: Split | None
    scanned: Scan
    source_split: np.ndarray
    splits: Sequence[str]
    seed: int
    """The recipe's."""


def split_rows(task: Splitting) -> Places:
    """Raises Stop where a split is empty, is not in the source, or misses what was asked for.

    >>> hashes = np.array([b"a", b"b", b"c", b"d", b"e"])
    >>> rows = Scan(np.arange(5), hashes, content=hashes, unique=None, group=None, stratum=None, place=None)
    >>> split = Split(parts={"train": ShareOfRows(share=0.8), "test": ShareOfRows(share=0.2)})
    >>> split_rows(Splitting("squad", split, rows, np.zeros(5, dtype=int), splits=["train"], seed=17))
    {'train': array([0, 1, 2, 4]), 'test': array([3])}
    >>> counts = Split(parts={"train": CountOfRows(rows=2), "test": CountOfRows(rows=1)})
    >>> split_rows(Splitting("squad", counts, rows, np.zeros(5, dtype=int), splits=["train"], seed=17))
    {'train': array([2, 4]), 'test': array([0])}
    """
    if task.split is None:
        places = {split: np.flatnonzero(task.source_split == number) for number, split in enumerate(task.splits)}
    else:
        places = _source_splits(task)
        places |= _counts_and_shares(task, places)
        places |= _parts(task, places)
        places = {part: np.sort(places[part]) for part in task.split.parts}
    for split, rows in places.items():
        if len(rows) == 0:
            raise Stop(problems.empty_split(split, task.dataset, len(task.scanned), declared=task.split is not None))
    return places


def _source_splits(task: Splitting) -> Places:
    places = {}
    for part, declared in task.split.parts.items():
        if isinstance(declared, SourceSplit):
            if declared.name not in task.splits:
                near = closest(declared.name, task.splits)
                raise Stop(problems.unknown_source_split(declared.name, part, task.dataset, task.splits, near))
            places[part] = np.flatnonzero(task.source_split == list(task.splits).index(declared.name))
    return places


def _counts_and_shares(task: Splitting, taken: Places) -> Places:
    """Counts first, then shares of the rows that neither a count nor a source split has taken; without shares those are
    left out."""
    parts = in_order(task.split.parts)
    counts = {part: declared.rows for part, declared in parts.items() if isinstance(declared, CountOfRows)}
    shares = {part: declared.share for part, declared in parts.items() if isinstance(declared, ShareOfRows)}
    free = np.ones(len(task.scanned), dtype=bool)
    for rows in taken.values():
        free[rows] = False
    left = np.flatnonzero(free)
    rest = len(left) - sum(counts.values())
    if rest < 0 or (shares and rest == 0):
        raise Stop(problems.too_few_rows(task.dataset, counts, len(left)))
    if rest and not shares:
        shares = {_LEFT_OUT: 1.0}
    if task.split.by.kind == "hash":
        amounts = {part: rows / max(len(left), 1) for part, rows in counts.items()}
        amounts |= {part: share * rest / max(len(left), 1) for part, share in shares.items()}
        places = _by_hash(task, amounts, left, seed(task.seed, "split", task.dataset))
    else:
        targets = counts | dict(zip(shares, largest_remainder(list(shares.values()), rest), strict=True))
        places = _by_order(task, targets, left, seed(task.seed, "split", task.dataset), counted=frozenset(counts))
        missed = {part: len(places[part]) for part, rows in counts.items() if len(places[part]) != rows}
        if missed:
            raise Stop(*(problems.count_cannot_hold(p, task.dataset, counts[p], n) for p, n in missed.items()))
    _verify_shares(task, shares, places, rest)
    return places


def _verify_shares(task: Splitting, shares: Mapping[str, float], places: Places, rest: int) -> None:
    """One row more or less is what rounding costs, whatever the tolerance."""
    off = []
    for part, share in shares.items():
        asked, realised = share / sum(shares.values()), len(places[part]) / rest
        if len(places[part]) and abs(realised - asked) > max(task.split.tolerance, 1.0 / rest) + 1e-9:
            off.append(
                problems.share_missed(part, task.dataset, asked, realised, task.split.tolerance, task.split.by.kind)
            )
    if off:
        raise Stop(*off)


def _parts(task: Splitting, places: Places) -> Places:
    """`share(10%, of = train)`: all parts of one split are fractions of what it was before."""
    declared_parts = in_order(task.split.parts)
    parts = {part: declared for part, declared in declared_parts.items() if isinstance(declared, PartOf)}
    changed: Places = {}
    while parts:
        known = {**places, **changed}
        whole = next(declared.of for declared in parts.values() if declared.of in known)
        shares = {part: declared.share for part, declared in parts.items() if declared.of == whole}
        amounts = {**shares, whole: 1.0 - sum(shares.values())}
        key = seed(task.seed, "split", task.dataset, whole)
        if task.split.by.kind == "hash":
            changed |= _by_hash(task, amounts, known[whole], key)
        else:
            targets = dict(zip(amounts, largest_remainder(list(amounts.values()), len(known[whole])), strict=True))
            changed |= _by_order(task, targets, known[whole], key)
        parts = {part: declared for part, declared in parts.items() if part not in shares}
    return changed


def _by_order(
    task: Splitting, targets: Mapping[str, int], among: np.ndarray, key: int, counted: frozenset[str] = frozenset()
) -> Places:
    """Fills the splits one after the other, counted ones first: each takes the next group that it has room for.

    Groups that fit nowhere go where most room is left: those larger than every split at first, the rest at last. Where
    no group is large this is a cut of the keyed order.
    """
    groups, order = _ordered_groups(task.scanned.at(among), key, stratified=task.split.stratify_by is not None)
    sizes = np.bincount(groups, minlength=len(order))[order].tolist()
    room = dict(sorted(targets.items(), key=lambda item: item[0] not in counted))
    free = [part for part in room if part not in counted] or list(room)
    taken: list[str] = [""] * len(order)

    def take(place: int, part: str) -> None:
        taken[place] = part
        room[part] -= sizes[place]

    largest = max(room.values(), default=0)
    waiting: list[int] = []
    for place, size in enumerate(sizes):
        if size > largest:
            take(place, max(free, key=room.__getitem__))
        else:
            waiting.append(place)
    for part in room:
        later: list[int] = []
        for at, place in enumerate(waiting):
            if room[part] <= 0:
                later += waiting[at:]
                break
            if sizes[place] <= room[part]:
                take(place, part)
            else:
                later.append(place)
        waiting = later
    for place in waiting:
        take(place, max(free, key=room.__getitem__))
    split_of = np.empty(len(order), dtype=object)
    split_of[order] = taken
    return {part: among[split_of[groups] == part] for part in targets}


def _ordered_groups(scanned: Scan, key: int, *, stratified: bool) -> tuple[np.ndarray, np.ndarray]:
    """Each row's group, and the groups in the order in which they are filled in.

    Stratified, the order interleaves the strata evenly, so that every stretch of it has each in proportion.
    """
    groups = group_rows(scanned)
    order = keyed_order(group_identity(groups, scanned.identity), key)
    if not stratified or len(order) == 0:
        return groups, order
    strata = _stratum_of_groups(groups, np.unique(scanned.stratum, return_inverse=True)[1].reshape(-1))[order]
    by_stratum = np.argsort(strata, kind="stable")
    sizes = np.bincount(strata)
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    even = (np.arange(len(order)) - starts + 0.5) / sizes[strata[by_stratum]]
    return groups, order[by_stratum[np.argsort(even, kind="stable")]]


def _stratum_of_groups(groups: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """The most frequent stratum of each group's rows, the smaller number on a tie."""
    (of_group, stratum), counts = np.unique(np.stack([groups, strata]), axis=1, return_counts=True)
    order = np.lexsort((stratum, -counts, of_group))
    first = np.unique(of_group[order], return_index=True)[1]
    return stratum[order][first]


def _by_hash(task: Splitting, amounts: Mapping[str, float], among: np.ndarray, key: int) -> Places:
    """A row's place follows from the hash of its column alone, so it stays when the data grows."""
    scanned = task.scanned.at(among)
    groups = group_rows(scanned)
    names = group_identity(groups, scanned.place)
    secret = key.to_bytes(8, "big")
    hashed = [hashlib.blake2b(name.ljust(16, b"\0"), digest_size=8, key=secret).digest() for name in names.tolist()]
    points = np.array([int.from_bytes(digest, "big") for digest in hashed], dtype=np.float64) / 2.0**64
    bounds = np.cumsum(list(amounts.values()))[:-1] / sum(amounts.values())
    chosen = np.searchsorted(bounds, points, side="right")[groups]
    return {part: among[chosen == number] for number, part in enumerate(amounts)}
