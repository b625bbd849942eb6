"""What every metric is: statistics of each row, and one value from any weighting of the rows.

A figure, its interval, its slices and the paired comparison of two models all come from `value` under different
row weights (all ones, the counts of a bootstrap resample), so that a corpus metric such as BLEU or macro-F1 is
recomputed on each resample and never averaged over rows where its definition does not do so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from recipe_lang.program.metrics import Measured
from recipe_lang.program.predictions import Prediction


@dataclass(frozen=True, slots=True)
class Metric:
    call: Measured
    """As the task writes it, with its range and whether more or less is better."""
    averaged: str
    """How rows become one figure, in words."""
    statistics: Callable[[Sequence[Prediction]], np.ndarray]
    """Rows → float64 of shape (rows, k)."""
    value: Callable[[np.ndarray, np.ndarray], np.ndarray]
    """Statistics (rows, k) and weights (resamples, rows) → figures (resamples,)."""
    rows: Callable[[np.ndarray], np.ndarray] | None
    """Statistics (rows, k) → each row's own score (rows,); None where a single row has none."""
    signature: Callable[[Sequence[Prediction]], str]
    """Tool, version and every option that changes the figure."""
    counts_tokens: bool = False
    """The figure depends on how a tokenizer cuts the text, which its signature names."""
    blind: Callable[[Sequence[Prediction]], int] | None = None
    """Counts rows whose references the metric does not see whole."""
    details: Callable[[np.ndarray], dict[str, float | list[float]]] | None = None
    """Parts of the figure worth showing, such as BLEU's brevity penalty."""

    def point(self, statistics: np.ndarray) -> float:
        """The figure over all rows, each counted once; nan without rows."""
        if not len(statistics):
            return float("nan")
        return float(self.value(statistics, np.ones((1, len(statistics))))[0])


def from_sums(value: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A `Metric.value` for metrics that are a function of the sums of their statistics: sums (…, k) → (…).

    >>> precision = from_sums(lambda sums: sums[..., 0] / sums[..., 1])  # hits over guesses
    >>> precision(np.array([[1.0, 1.0], [0.0, 3.0]]), np.array([[1.0, 1.0], [2.0, 0.0]]))  # 1 / 4; the first row twice
    array([0.25, 1.  ])
    """
    return lambda statistics, weights: value(weights @ statistics)


def mean(statistics: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """A `Metric.value`: the mean over rows of the first statistic.

    >>> right = np.array([[1.0], [0.0], [0.0]])
    >>> mean(right, np.array([[1.0, 1.0, 1.0], [2.0, 1.0, 0.0]])).round(3).tolist()  # as they are; a resample
    [0.333, 0.667]
    """
    return (weights @ statistics[:, 0]) / weights.sum(axis=1)


def first(statistics: np.ndarray) -> np.ndarray:
    return statistics[:, 0]


def sign(name: str, tool: str, version: str | None = None, /, **options: object) -> str:
    """`name|option:value|…|tool:…|version:…`, booleans as sacrebleu writes them.

    >>> sign("exact_match", "ift", "1", normalize="squad", stem=False)
    'exact_match|normalize:squad|stem:no|tool:ift|version:1'
    """
    words = {True: "yes", False: "no"}
    shown = [f"{key}:{words[value] if isinstance(value, bool) else value}" for key, value in options.items()]
    end = [f"tool:{tool}"] + ([f"version:{version}"] if version else [])
    return "|".join([name, *shown, *end])


def best_of(scores: Sequence[float], default: float = 0.0) -> float:
    """The best over several references."""
    return max(scores, default=default)
