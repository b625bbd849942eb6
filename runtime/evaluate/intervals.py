"""Intervals of figures: Wilson's where rows are right or wrong, by resampling elsewhere. They hold on few rows too:
`tests/bench/calibration.py` shows how often."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from runtime.evaluate.metrics.metric import Metric
from runtime.evaluate.resampling import RESAMPLES, Groups, Resampled, figures, resamples


def interval(
    metric: Metric,
    statistics: Sequence[np.ndarray],
    groups: Groups,
    confidence: float,
    seed: int,
    count: int = RESAMPLES,
) -> tuple[float, float]:
    """That of the figure over all rows; the mean over `statistics`, one array (rows, k) a draw of exemplars."""
    if right_or_wrong(metric, statistics, groups):
        return wilson(float(statistics[0][:, 0].sum()), len(statistics[0]), confidence)
    values = [figures(metric, statistics, weights) for weights in resamples(groups, seed, count)]
    return Resampled.of(np.concatenate(values), groups.count, metric.call.ends, seed).interval(confidence)


def wilson(right: float, rows: int, confidence: float) -> tuple[float, float]:
    """Wilson's score interval of a share, corrected by half a row (Newcombe 1998), ends within [0, 1].

    >>> low, high = wilson(8, 10, 0.95)
    >>> round(low, 3), round(high, 3), wilson(10, 10, 0.95)[1]  # not symmetric around 0.8, never above 1
    (0.442, 0.965, 1.0)
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)

    def end(right: float, sign: int) -> float:
        share = right / rows
        centre = share + z * z / (2 * rows)
        half = z * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
        return (centre + sign * half) / (1 + z * z / rows)

    return max(0.0, end(max(right - 0.5, 0), -1)), min(1.0, end(min(right + 0.5, rows), 1))


def right_or_wrong(metric: Metric, statistics: Sequence[np.ndarray], groups: Groups) -> bool:
    """Whether rows are independent of each other, and each is asked once and scores 0 or 1."""
    return metric.call.row_by_row and groups.single and len(statistics) == 1
