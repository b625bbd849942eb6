"""`unique_by`: of rows that say the same, one stays."""

from __future__ import annotations

import numpy as np

from runtime.data.splits.scan import Scan


def keep_unique(scanned: Scan) -> Scan:
    """Of the rows with one key the one with the smallest identity stays, whatever the order of rows or files.

    Rows keep their order. Of equal rows, which are one row as far as anything can tell, the first stays.
    """
    if scanned.unique is None:
        return scanned
    order = np.lexsort((scanned.identity, scanned.unique))
    keys = scanned.unique[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = keys[1:] != keys[:-1]
    return scanned.at(np.sort(order[first]))
