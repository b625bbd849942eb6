"""What rows show of a drop, the first model's figure less the second's: what may be ruled out, and how surely."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Protocol


class Bound(Protocol):
    """`Changed`, or `runtime.evaluate.resampling.Resampled`."""

    def p(self, drop: float) -> float:
        """One-sided p-value of a true drop this large or larger."""

    def p_less(self, drop: float) -> float:
        """One-sided p-value of a true drop this small or smaller."""

    def upper(self, level: float) -> float:
        """The drop whose `p` is `level`: larger ones are ruled out."""

    def lower(self, level: float) -> float:
        """The drop whose `p_less` is `level`: smaller ones are ruled out."""

    def interval(self, confidence: float) -> tuple[float, float]:
        """Drops that a two-sided interval holds."""

    @property
    def turned(self) -> Bound:
        """The second model against the first."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The score test of a paired difference (Tango 1998), corrected by half a row, for single rows that are right or
    wrong: how many of them the second model lost and gained. Of no difference it is McNemar's test.

    >>> few = Changed(lost=6, gained=2, rows=100)  # a drop of 0.04
    >>> round(few.p_less(0.0), 3), round(few.p(0.15), 4)  # may be chance; is not 0.15
    (0.108, 0.0033)
    >>> [round(end, 3) for end in few.interval(0.95)]
    [-0.025, 0.114]
    """

    lost: int
    gained: int
    rows: int

    def p(self, drop: float) -> float:
        score = self.lost - self.gained - self.rows * drop + 0.5
        variance = self.rows * (2 * self._gains(drop) + drop * (1 - drop))
        if variance <= 0:
            return 0.0 if score < 0 else 1.0
        return NormalDist().cdf(score / math.sqrt(variance))

    def p_less(self, drop: float) -> float:
        return self.turned.p(-drop)

    def upper(self, level: float) -> float:
        low, high = (self.lost - self.gained) / self.rows, 1.0
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if self.p(middle) > level else (low, middle)
        return high

    def lower(self, level: float) -> float:
        return -self.turned.upper(level)

    def interval(self, confidence: float) -> tuple[float, float]:
        return self.lower((1 - confidence) / 2), self.upper((1 - confidence) / 2)

    @property
    def turned(self) -> Changed:
        return Changed(self.gained, self.lost, self.rows)

    def _gains(self, drop: float) -> float:
        """The likeliest share of gained rows, were the drop true."""
        a = 2 * self.rows
        b = -self.lost - self.gained + (2 * self.rows - self.lost + self.gained) * drop
        c = -self.gained * drop * (1 - drop)
        return (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
