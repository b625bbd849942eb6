"""Whole numbers from shares: the one piece of arithmetic that plan, splits and drawing must agree on."""

from __future__ import annotations

import math
from collections.abc import Sequence


def largest_remainder(shares: Sequence[float], total: int) -> list[int]:
    """Hamilton's method: whole parts of `share × total`, the rest to the largest fractions, the earlier one on a tie.

    `shares` are non-negative and need not add up to one; the result adds up to `total` (to 0 where all shares are 0).
    Fractions are compared to nine decimals, so that 0.1 + 0.2 and 0.3 count alike.

    >>> largest_remainder([0.5, 0.3, 0.2], 7)  # of 3.5, 2.1 and 1.4 the largest fraction gets the row that is left
    [4, 2, 1]
    >>> largest_remainder([1, 1, 1], 5)
    [2, 2, 1]
    """
    whole = math.fsum(shares)
    if whole == 0:
        return [0] * len(shares)
    quotas = [share * total / whole for share in shares]
    counts = [math.floor(quota + 1e-9) for quota in quotas]
    by_fraction = sorted(range(len(shares)), key=lambda i: (-round(quotas[i] - counts[i], 9), i))
    for i in by_fraction[: total - sum(counts)]:
        counts[i] += 1
    return counts
