"""How small a loss an evaluation can see."""

from __future__ import annotations

import math
from statistics import NormalDist


def smallest_detectable_drop(rows: int, confidence: float = 0.95, power: float = 0.8, disagree: float = 0.2) -> float:
    """The smallest true drop of a right-or-wrong metric, as a fraction, that a paired one-sided test on `rows` rows
    finds with the given power (McNemar's test by its normal approximation; Lachin 1992), where `disagree` of the rows
    change their verdict between the two models.
    """
    z = NormalDist().inv_cdf(confidence) + NormalDist().inv_cdf(power)
    return min(1.0, z * math.sqrt(disagree / rows))
