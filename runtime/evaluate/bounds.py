"""What few rows leave open of a drop, whatever the bootstrap says. It draws only what the rows happened to show: where
no answer changed, none changes in any resample, and every drop would seem to be ruled out; where a few were lost and
none gained, it takes the few for the rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Protocol


class Bound(Protocol):
    def p(self, drop: float) -> float:
        """One-sided p-value of a true drop this large or larger."""

    def p_less(self, drop: float) -> float:
        """One-sided p-value of a true drop this small or smaller."""

    def high(self, level: float) -> float:
        """The drop whose `p` is `level`: larger ones are ruled out."""

    def low(self, level: float) -> float:
        """The drop whose `p_less` is `level`: smaller ones are ruled out; infinite where all are that could be."""

    def interval(self, confidence: float) -> tuple[float, float]:
        """Drops that a two-sided interval holds; the first end is above the second one where it need hold none."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The score test of a paired difference (Tango 1998), for single rows that are right or wrong: how many of them the
    second model lost and gained. Of no difference it is McNemar's test.

    >>> few = Changed(lost=6, gained=2, rows=100)  # a drop of 0.04
    >>> round(few.p_less(0.0), 3), round(few.p(0.15), 4)  # may be chance; is not 0.15
    (0.079, 0.0022)
    >>> [round(end, 3) for end in few.interval(0.95)]
    [-0.019, 0.108]
    """

    lost: int
    gained: int
    rows: int

    def p(self, drop: float) -> float:
        score = self.lost - self.gained - self.rows * drop
        variance = self.rows * (2 * self._gains(drop) + drop * (1 - drop))
        if variance <= 0:
            return 0.0 if score < 0 else 1.0
        return NormalDist().cdf(score / math.sqrt(variance))

    def p_less(self, drop: float) -> float:
        return self._turned.p(-drop)

    def high(self, level: float) -> float:
        low, high = (self.lost - self.gained) / self.rows, 1.0
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if self.p(middle) > level else (low, middle)
        return high

    def low(self, level: float) -> float:
        return -self._turned.high(level)

    def interval(self, confidence: float) -> tuple[float, float]:
        return self.low((1 - confidence) / 2), self.high((1 - confidence) / 2)

    @property
    def _turned(self) -> Changed:
        """The first model against the second."""
        return Changed(self.gained, self.lost, self.rows)

    def _gains(self, drop: float) -> float:
        """The likeliest share of gained rows, were the drop true."""
        a = 2 * self.rows
        b = -self.lost - self.gained + (2 * self.rows - self.lost + self.gained) * drop
        c = -self.gained * drop * (1 - drop)
        return (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)


@dataclass(frozen=True, slots=True)
class Unseen:
    """What meets a share of all groups, and costs the metric as much of its range, may have met none of these; and so
    many coins may all fall to one side.

    >>> none = Unseen(groups=60, range=1.0)
    >>> round(none.p(0.05), 3), round(none.high(0.05), 3)  # 60 groups without one of every twentieth: 0.95 ** 60
    (0.046, 0.049)
    """

    groups: int
    range: float

    def p(self, drop: float) -> float:
        return max(0.0, 1 - drop / self.range) ** self.groups

    def p_less(self, drop: float) -> float:
        return 0.5**self.groups

    def high(self, level: float) -> float:
        return self.range * (1 - level ** (1 / self.groups))

    def low(self, level: float) -> float:
        return -self.range if self.p_less(0) > level else math.inf

    def interval(self, confidence: float) -> tuple[float, float]:
        return (0.0, 0.0) if 2 * self.p_less(0) > 1 - confidence else (math.inf, -math.inf)
