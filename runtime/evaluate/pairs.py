"""Two models on the same rows: differences of figures, row by row and resample by resample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import rows_differ
from recipe_lang.program.predictions import Prediction
from runtime.base.seeds import seed
from runtime.evaluate.bounds import Bound, Changed
from runtime.evaluate.intervals import right_or_wrong
from runtime.evaluate.metrics.metric import Metric
from runtime.evaluate.predictions import by_draw, direct, read
from runtime.evaluate.resampling import RESAMPLES, Groups, Resampled, figures, groups, resamples
from runtime.evaluate.score import statistics_of


@dataclass(frozen=True, slots=True)
class Paired:
    """One metric of two models: the figures, and what the rows show of the drop from the first to the second."""

    first: float
    second: float
    drop: Bound

    @property
    def difference(self) -> float:
        return self.second - self.first

    def interval(self, confidence: float) -> tuple[float, float]:
        """Of the difference."""
        return self.drop.turned.interval(confidence)

    def p(self) -> float:
        """Two-sided p-value of no difference."""
        return min(1.0, 2 * min(self.drop.p(0), self.drop.p_less(0)))


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
    """Differences by metric. Rows pair by id; a resample weighs the same rows (groups, where there are any) of both
    sides alike, and every metric is recomputed on it. With several draws of exemplars the figure is their mean.

    `root` and `name` seed the resamples. Both sides hold the same ids.
    """
    sides = [_statistics(metrics, side) for side in (first, second)]
    clusters = groups([p.group for p in sorted((p for p in first if p.draw == first[0].draw), key=lambda p: p.id)])
    return differences(metrics, sides, clusters, seed(root, "paired", name))


def differences(
    metrics: Mapping[str, Metric],
    sides: Sequence[Mapping[str, Sequence[np.ndarray]]],
    clusters: Groups,
    stream: int,
    count: int = RESAMPLES,
) -> dict[str, Paired]:
    """Of two sides: metric → statistics (rows, k) of each draw of exemplars, rows in the same order."""
    exact = {name for name, one in metrics.items() if all(right_or_wrong(one, s[name], clusters) for s in sides)}
    drops: dict[str, list[np.ndarray]] = {name: [] for name in metrics if name not in exact}
    for weights in resamples(clusters, stream, count) if drops else ():
        for name in drops:
            first, second = (figures(metrics[name], side[name], weights) for side in sides)
            drops[name].append(first - second)
    every, found = np.ones((1, len(clusters.of))), {}
    for name, one in metrics.items():
        first, second = (float(figures(one, side[name], every)[0]) for side in sides)
        if name in exact:
            change = sides[1][name][0][:, 0] - sides[0][name][0][:, 0]
            drop: Bound = Changed(int((change < 0).sum()), int((change > 0).sum()), len(change))
        else:
            width = one.call.ends[1] - one.call.ends[0]
            drop = Resampled.of(np.concatenate(drops[name]), clusters.count, (-width, width), stream)
        found[name] = Paired(first, second, drop)
    return found


def _statistics(metrics: Mapping[str, Metric], side: Sequence[Prediction]) -> dict[str, list[np.ndarray]]:
    """Metric → statistics of each draw, rows in the order of their ids."""
    ordered = sorted(side, key=lambda p: (p.draw, p.id))
    found = statistics_of(metrics, ordered)
    return {spelling: [found[spelling][rows] for rows in by_draw(ordered)] for spelling in metrics}
