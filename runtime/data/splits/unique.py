"""`unique_by`: of rows that say the same, one stays."""

from __future__ import annotations

import numpy as np

from runtime.data.splits.scan import Scan


def keep_unique(scanned: Scan) -> Scan:
    """Of the rows with one key the one with the smallest identity stays, whatever the order of rows or files.

    Rows keep their order. Of equal rows, which are one row as far as anything can tell, the first stays.

    >>> identity, key = np.array([b"c", b"a", b"b", b"d"]), np.array([b"1", b"2", b"1", b"3"])
    >>> rows = Scan(np.arange(4), identity, content=identity, unique=key, group=None, stratum=None, place=None)
    >>> keep_unique(rows).rows.tolist()  # rows 0 and 2 have one key, and b is before c
    [1, 2, 3]
    """
    if scanned.unique is None:
        return scanned
    order = np.lexsort((scanned.identity, scanned.unique))
    keys = scanned.unique[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = keys[1:] != keys[:-1]
    return scanned.at(np.sort(order[first]))
