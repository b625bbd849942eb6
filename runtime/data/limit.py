"""`limit`: a seeded sample that grows only at its end."""

from __future__ import annotations

import numpy as np


def limit_splits(ordered: dict[str, np.ndarray], limit: int | None) -> dict[str, np.ndarray]:
    """The first rows of each split, `limit` in all, in proportion to the splits' sizes and at least one of each.

    `ordered` has each split's rows in their seeded order. Every split gives a prefix of itself, and a larger limit
    gives longer prefixes (Adams' divisor method), so a row never changes its split and limits nest.
    """
    total = sum(len(rows) for rows in ordered.values())
    if limit is None or limit >= total:
        return ordered
    # Row r of n is due when the sampled fraction passes r / n.
    due = np.concatenate([np.arange(len(rows)) / len(rows) for rows in ordered.values()])
    owner = np.repeat(np.arange(len(ordered)), [len(rows) for rows in ordered.values()])
    counts = np.bincount(owner[np.argsort(due, kind="stable")[:limit]], minlength=len(ordered))
    return {name: rows[:count] for (name, rows), count in zip(ordered.items(), counts.tolist(), strict=True)}
