"""Figures under many weightings of the rows.

Resamples weigh groups (rows, where the dataset has no groups), so that rows which belong together stay together. The
same weights serve both sides of a paired comparison and all metrics of a task.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from runtime.base.borders import side
from runtime.evaluate.metrics.metric import Metric

RESAMPLES = 10_000
_CHUNK = 1_000_000
"""Numbers of an array that is held at once: weights of groups, or of rows."""
_FAR = 4.0
"""Standard deviations of a group."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Which group each row is in: `of[row]` is a number below `count`."""

    of: np.ndarray
    count: int

    @property
    def single(self) -> bool:
        return self.count == len(self.of)


def groups(names: Sequence[str]) -> Groups:
    """Rows with the same name are one group; numbers in the order of first mention.

    >>> groups(["a", "b", "a"]).of.tolist(), groups(["a", "b", "a"]).count
    ([0, 1, 0], 2)
    """
    found: dict[str, int] = {}
    of = np.array([found.setdefault(name, len(found)) for name in names], dtype=np.int64)
    return Groups(of, len(found))


def resamples(groups: Groups, seed: int, count: int = RESAMPLES) -> Iterator[np.ndarray]:
    """The weight of each row in each resample: float64 arrays (some, rows), `count` resamples in all.

    Groups weigh 1 on average, each as much as chance gives it (the Bayesian bootstrap, Rubin 1981): none is ever left
    out, so that no figure is undefined for want of rows. A function of the arguments alone.

    >>> [weights] = resamples(groups(["a", "a", "b"]), seed=1, count=2)
    >>> weights.round(2).tolist()  # rows 0 and 1 are of one group
    [[1.55, 1.55, 0.45], [1.87, 1.87, 0.13]]
    """
    rng = np.random.default_rng(seed)
    step = max(1, _CHUNK // max(len(groups.of), 1))
    for start in range(0, count, step):
        drawn = rng.standard_exponential((min(step, count - start), groups.count))
        drawn *= groups.count / drawn.sum(axis=1, keepdims=True)
        yield drawn if groups.single else drawn[:, groups.of]


def figures(metric: Metric, statistics: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Under weights (resamples, rows): the mean over `statistics`, one array (rows, k) a draw of exemplars.

    >>> from runtime.evaluate.metrics.squad import ExactMatch, squad
    >>> right = np.array([[1.0], [0.0], [0.0]])  # one of three rows
    >>> figures(squad(ExactMatch()), [right], np.array([[1.0, 1.0, 1.0], [2.0, 1.0, 0.0]])).round(3).tolist()
    [0.333, 0.667]
    """
    return np.mean([metric.value(one, weights) for one in statistics], axis=0)


@dataclass(frozen=True, slots=True)
class Resampled:
    """A figure on each resample with one more group in it, of which there is no row: it is worth the least that it can
    be in `low`, the most in `high` (Gaffke 2005). What meets one group of a hundred may have met none of these.

    Of groups that are right or wrong the bounds are Clopper and Pearson's, and the p-value of no difference is the
    exact McNemar test's.

    >>> nothing = Resampled.of(np.zeros(10_000), groups=25, ends=(0, 1), seed=1)  # 25 rows, 0 each
    >>> [round(end, 4) for end in nothing.interval(0.95)], round(1 - 0.025 ** (1 / 25), 4)
    ([0.0, 0.1373], 0.1372)
    """

    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, groups: int, ends: tuple[float, float], seed: int) -> Resampled:
        """`values` (resamples,) without the group; undefined ones are left out. `ends`: the least and the most that it
        can be worth. Where one is infinite, it is no further off than four standard deviations of a group, or 1.
        """
        values = values[np.isfinite(values)]
        if not len(values):
            return cls(np.array([np.nan]), np.array([np.nan]))
        chance = np.random.default_rng([seed, 1]).permutation(np.arange(len(values)) + 0.5) / len(values)
        share = 1 - chance ** (1 / groups)
        if not all(map(math.isfinite, ends)):
            middle, scale = values.mean(), max(1.0, float(np.abs(values).max()))
            # Scaled, since the square of a perplexity may be too large for a float.
            far = max(1.0, _FAR * scale * float(np.std(values / scale)) * math.sqrt(groups + 1))
            ends = max(ends[0], middle - far), min(ends[1], middle + far)
        least, most = ends
        return cls((1 - share) * values + share * least, (1 - share) * values + share * most)

    def p(self, value: float) -> float:
        """One-sided p-value of a true figure this large or larger; never zero, and 1 of an undefined one."""
        return _share(~(side(self.high, value) < 0))

    def p_less(self, value: float) -> float:
        """One-sided p-value of a true figure this small or smaller."""
        return _share(~(side(self.low, value) > 0))

    def upper(self, level: float) -> float:
        """The figure whose `p` is `level`: larger ones are ruled out."""
        return float(np.quantile(self.high, 1 - level, method="higher"))

    def lower(self, level: float) -> float:
        """The figure whose `p_less` is `level`: smaller ones are ruled out."""
        return float(np.quantile(self.low, level, method="lower"))

    def interval(self, confidence: float) -> tuple[float, float]:
        return self.lower((1 - confidence) / 2), self.upper((1 - confidence) / 2)

    @property
    def turned(self) -> Resampled:
        """With the other sign."""
        return Resampled(-self.high, -self.low)


def _share(hits: np.ndarray) -> float:
    return float((1 + hits.sum()) / (1 + len(hits)))
