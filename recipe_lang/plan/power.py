"""How small a loss an evaluation can see."""

from __future__ import annotations

import math
from statistics import NormalDist

from recipe_lang.program.forgetting import ERROR


def smallest_detectable_drop(rows: int, tasks: int = 1, power: float = 0.8, disagree: float = 0.2) -> float:
    """The smallest true drop of a right-or-wrong metric, as a fraction, that a paired one-sided test on `rows` rows
    finds with the given power (McNemar's test by its normal approximation; Lachin 1992), where `disagree` of the rows
    change their verdict between the two models. The level is the first one of Holm's procedure over so many tasks.

    Rows of one group count once: they may all change together.

    >>> round(smallest_detectable_drop(400), 4), round(smallest_detectable_drop(1600), 4)  # four times the rows: half
    (0.0556, 0.0278)
    >>> round(smallest_detectable_drop(400, tasks=5), 4)  # a stricter level for each of five
    0.0708
    """
    z = NormalDist().inv_cdf(1 - ERROR / tasks) + NormalDist().inv_cdf(power)
    return min(1.0, z * math.sqrt(disagree / rows))


def groups_among(some: int, examples: int, groups: int) -> int:
    """How many of the groups so many examples are expected to be of, drawn from all.

    >>> groups_among(100, 1000, 1000), groups_among(100, 1000, 200)  # each row its own group; five rows a group
    (100, 82)
    """
    return round(groups * (1 - (1 - some / examples) ** (examples / groups))) if examples and groups else 0
