"""Two models on the same rows: differences of figures, row by row and resample by resample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import rows_differ
from recipe_lang.program.predictions import Prediction
from runtime.base.borders import side
from runtime.base.seeds import seed
from runtime.evaluate.bounds import Bound, Changed, Unseen
from runtime.evaluate.intervals import Groups, groups, resamples
from runtime.evaluate.metrics.metric import Metric
from runtime.evaluate.predictions import by_draw, direct, read
from runtime.evaluate.score import statistics_of


@dataclass(frozen=True, slots=True)
class Paired:
    """One metric of two models: the figures, the difference second minus first on each resample, and how far few rows
    can be trusted."""

    first: float
    second: float
    drawn: np.ndarray
    bound: Bound

    @property
    def difference(self) -> float:
        return self.second - self.first

    def interval(self, confidence: float) -> tuple[float, float]:
        """The bootstrap's, as wide as the bound at least."""
        low, high = np.nanquantile(self.drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
        least, most = self.bound.interval(confidence)
        return min(float(low), -most), max(float(high), -least)

    def p(self) -> float:
        """Two-sided p-value of no difference: the bootstrap's, never zero, or the bound's where that is larger."""
        sides = side(self.drawn, 0)
        beyond = min(int((sides <= 0).sum()), int((sides >= 0).sum()))
        drawn = (1 + beyond) / (1 + len(self.drawn))
        return min(1.0, 2 * max(drawn, min(self.bound.p(0), self.bound.p_less(0))))


def paired_files(
    metrics: Mapping[str, Metric],
    first: Path,
    second: Path,
    *,
    root: int,
    name: str,
    sides: tuple[str, str] | None = None,
) -> dict[str, Paired]:
    """See `paired`. Raises Stop (IFT855) where rows or references differ; `sides` name the two in the problem."""
    left, right = direct(read(first)), direct(read(second))
    wanted, given = ({p.id: p.references for p in side} for side in (left, right))
    if other := [row for row in wanted.keys() | given.keys() if wanted.get(row) != given.get(row)]:
        raise Stop(rows_differ(*(sides or (first.name, second.name)), name, len(other)))
    return paired(metrics, left, right, root=root, name=name)


def paired(
    metrics: Mapping[str, Metric], first: Sequence[Prediction], second: Sequence[Prediction], *, root: int, name: str
) -> dict[str, Paired]:
    """Differences by metric. Rows pair by id; a resample draws the same rows (groups, where there are any) from both
    sides, and every metric is recomputed on it. With several draws of exemplars the figure is their mean.

    `root` and `name` seed the resamples. Both sides hold the same ids.
    """
    sides = [_statistics(metrics, side) for side in (first, second)]
    clusters = groups([p.group for p in sorted((p for p in first if p.draw == first[0].draw), key=lambda p: p.id)])
    drawn: dict[str, list[np.ndarray]] = {spelling: [] for spelling in metrics}
    for weights in resamples(clusters, seed(root, "paired", name)):
        for spelling, one in metrics.items():
            left, right = (_mean(one, side[spelling], weights) for side in sides)
            drawn[spelling].append(right - left)
    every = np.ones((1, len(clusters.of)))
    points = [
        {spelling: float(_mean(one, side[spelling], every)[0]) for spelling, one in metrics.items()} for side in sides
    ]
    return {
        spelling: Paired(
            points[0][spelling],
            points[1][spelling],
            np.concatenate(drawn[spelling]),
            _bound(one, [side[spelling] for side in sides], clusters),
        )
        for spelling, one in metrics.items()
    }


def _bound(metric: Metric, sides: Sequence[Sequence[np.ndarray]], clusters: Groups) -> Bound:
    if metric.call.row_by_row and clusters.single and all(len(draws) == 1 for draws in sides):
        change = sides[1][0][:, 0] - sides[0][0][:, 0]
        return Changed(int((change < 0).sum()), int((change > 0).sum()), len(change))
    low, high = metric.call.ends
    return Unseen(clusters.count, high - low)


def _statistics(metrics: Mapping[str, Metric], side: Sequence[Prediction]) -> dict[str, list[np.ndarray]]:
    """Metric → statistics of each draw, rows in the order of their ids."""
    ordered = sorted(side, key=lambda p: (p.draw, p.id))
    found = statistics_of(metrics, ordered)
    return {spelling: [found[spelling][rows] for rows in by_draw(ordered)] for spelling in metrics}


def _mean(metric: Metric, draws: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    return np.mean([metric.value(statistics, weights) for statistics in draws], axis=0)
