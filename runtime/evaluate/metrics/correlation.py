"""Pearson's and Spearman's correlation between the number in the answer and the one in the reference.

An answer that is no number counts as `unparsed` (T5's post-processing of STS-B takes -1). Where either side is
constant the correlation is undefined, and 0 is reported.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runtime.evaluate.metrics.metric import Metric, Options, sign
from runtime.evaluate.predictions import Prediction

NAMES = ("pearson", "spearman")
OPTIONS = {"unparsed": -1.0}


def correlation(name: str, options: Options) -> Metric:
    unparsed = float(options["unparsed"] or 0)

    def statistics(predictions: Sequence[Prediction]) -> np.ndarray:
        """(rows, 2): answer and reference."""
        pairs = [(number(p.answer, unparsed), number(p.expected[0], unparsed)) for p in predictions]
        return np.array(pairs, dtype=np.float64).reshape(-1, 2)

    return Metric(
        name=name,
        better="more",
        low=-1.0,
        high=1.0,
        averaged="over all rows",
        statistics=statistics,
        value=_weighted_pearson if name == "pearson" else _weighted_spearman,
        rows=None,
        signature=lambda _: sign(name, "ift", unparsed=unparsed),
    )


def number(text: str | None, default: float) -> float:
    try:
        value = float((text or "").strip())
    except ValueError:
        return default
    return value if np.isfinite(value) else default


def _weighted_pearson(found: np.ndarray, weights: np.ndarray) -> np.ndarray:
    x, y = (found - found.mean(axis=0)).T
    rows = weights.sum(axis=1)
    mean_x, mean_y = weights @ x / rows, weights @ y / rows
    spread_x = weights @ (x * x) / rows - mean_x**2
    spread_y = weights @ (y * y) / rows - mean_y**2
    together = weights @ (x * y) / rows - mean_x * mean_y
    scale = np.ptp(x) ** 2 * np.ptp(y) ** 2
    product = spread_x * spread_y
    defined = product > 1e-18 * max(scale, 1e-300)
    return np.clip(
        np.divide(together, np.sqrt(np.where(defined, product, 1)), where=defined, out=np.zeros_like(together)), -1, 1
    )


def _weighted_spearman(found: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Pearson's correlation of mid-ranks; the ranks are those within each resample."""
    return np.array(
        [
            _weighted_pearson(np.stack([_midranks(column, row) for column in found.T], 1), row[None])[0]
            for row in weights
        ]
    )


def _midranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean ranks of tied values, each value counted `weights` times."""
    _, position = np.unique(values, return_inverse=True)
    counts = np.bincount(position, weights=weights)
    return (np.cumsum(counts) - counts / 2)[position]
