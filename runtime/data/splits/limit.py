"""`limit`: a seeded sample that grows only at its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np

_FIRST = ("train", "validation", "test")

Value = TypeVar("Value")


def in_order(splits: Mapping[str, Value]) -> dict[str, Value]:
    """The usual splits first, the others by name: the order of a recipe's lines is no part of what it says.

    >>> list(in_order({"extra": 10, "test": 20, "train": 70}))
    ['train', 'test', 'extra']
    """
    usual = [split for split in _FIRST if split in splits]
    return {split: splits[split] for split in [*usual, *sorted(splits.keys() - set(usual))]}


def limit_splits(ordered: dict[str, np.ndarray], limit: float | None) -> dict[str, np.ndarray]:
    """The first rows of each split, `limit` in all, in proportion to the splits' sizes and at least one of each.

    A `float` is a share of the rows, of which every split gets one.

    `ordered` has each split's rows in their seeded order. Every split gives a prefix of itself, and a larger limit
    gives longer prefixes (Adams' divisor method), so a row never changes its split and limits nest.

    >>> rows = {"train": np.arange(80), "test": np.arange(80, 100)}
    >>> {split: limit_splits(rows, 5)[split].tolist() for split in rows}
    {'train': [0, 1, 2, 3], 'test': [80]}
    >>> {split: limit_splits(rows, 7)[split].tolist() for split in rows}
    {'train': [0, 1, 2, 3, 4], 'test': [80, 81]}
    >>> {split: len(limit_splits(rows, 0.5)[split]) for split in rows}
    {'train': 40, 'test': 10}
    """
    total = sum(len(rows) for rows in ordered.values())
    if isinstance(limit, float):
        limit = max(len(ordered), round(limit * total))
    if limit is None or limit >= total:
        return ordered
    # Row r of n is due when the sampled fraction passes r / n; of rows due at once that of the first split goes first.
    sizes = [len(rows) for rows in in_order(ordered).values()]
    due = np.concatenate([np.arange(size) / size for size in sizes])
    owner = np.repeat(np.arange(len(sizes)), sizes)
    counts = np.bincount(owner[np.argsort(due, kind="stable")[:limit]], minlength=len(sizes))
    chosen = dict(zip(in_order(ordered), counts.tolist(), strict=True))
    return {name: rows[: chosen[name]] for name, rows in ordered.items()}
