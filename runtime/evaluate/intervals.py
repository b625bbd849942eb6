"""Intervals of figures: Wilson's where rows are right or wrong, the bootstrap's elsewhere.

Resamples are drawn over groups (rows, where the dataset has no groups), so that rows which belong together stay
together. The same draws serve both sides of a paired comparison and all metrics of a task.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from runtime.evaluate.metrics.metric import Metric

RESAMPLES = 10_000
_CHUNK = 1_000_000
"""Numbers of an array that is held at once: draws of groups, or their counts by row."""


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
    """How often each row stands in each resample: float64 arrays (some, rows), `count` resamples in all.

    A resample draws as many groups as there are, with replacement. A function of the arguments alone.

    >>> [weights] = resamples(groups(["a", "a", "b"]), seed=1, count=4)
    >>> weights.tolist()  # rows 0 and 1 are of one group: both are drawn, or neither
    [[1.0, 1.0, 1.0], [0.0, 0.0, 2.0], [2.0, 2.0, 0.0], [0.0, 0.0, 2.0]]
    """
    rng = np.random.default_rng(seed)
    step = max(1, _CHUNK // max(len(groups.of), 1))
    for start in range(0, count, step):
        some = min(step, count - start)
        drawn = rng.integers(0, groups.count, (some, groups.count))
        flat = (drawn + groups.count * np.arange(some)[:, None]).ravel()
        counts = np.bincount(flat, minlength=some * groups.count).reshape(some, groups.count)
        yield counts[:, groups.of].astype(np.float64)


def wilson(right: float, rows: int, confidence: float) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927), ends within [0, 1].

    >>> low, high = wilson(8, 10, 0.95)
    >>> round(low, 3), round(high, 3), wilson(10, 10, 0.95)[1]  # not symmetric around 0.8, never above 1
    (0.49, 0.943, 1.0)
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = right / rows
    centre = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    return max(0.0, centre - half), min(1.0, centre + half)


def percentile(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """The percentile bootstrap interval of drawn figures; undefined draws are left out.

    >>> low, high = percentile(np.arange(101) / 100, 0.9)
    >>> round(low, 3), round(high, 3)
    (0.05, 0.95)
    """
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def draws(metric: Metric, statistics: Sequence[np.ndarray], weights: Iterator[np.ndarray]) -> np.ndarray:
    """The figure on each resample (resamples,): the mean over `statistics`, one array (rows, k) a draw of exemplars.

    >>> from runtime.evaluate.metrics.squad import ExactMatch, squad
    >>> right = np.array([[1.0], [0.0], [0.0]])  # one of three rows
    >>> draws(squad(ExactMatch()), [right], iter([np.array([[1.0, 1.0, 1.0], [2.0, 1.0, 0.0]])])).round(3).tolist()
    [0.333, 0.667]
    """
    return np.concatenate([np.mean([metric.value(s, w) for s in statistics], axis=0) for w in weights])
