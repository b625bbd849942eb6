"""Pearson's and Spearman's correlation between the number in the answer and the one in the reference.

An answer that is no number counts as `unparsed` (T5's post-processing of STS-B takes -1), and the details of the figure
say how many there are; a reference that is none stops the run. Where either side is constant the correlation is
undefined, and 0 is reported.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import reference_is_no_number
from recipe_lang.program.metrics import Correlation
from recipe_lang.program.predictions import Prediction
from runtime.evaluate.metrics.metric import Metric, sign

VERSION = "1"
"""Of these definitions, in every signature: raised when one changes."""


def correlation(call: Correlation) -> Metric:
    name, unparsed = call.kind, call.unparsed
    compared = _weighted_pearson if name == "pearson" else _weighted_spearman

    def statistics(predictions: Sequence[Prediction]) -> np.ndarray:
        """(rows, 3): answer, reference, and whether the answer is no number."""
        found = [_row(name, p, unparsed) for p in predictions]
        return np.array(found, dtype=np.float64).reshape(-1, 3)

    return Metric(
        call=call,
        averaged="over all rows",
        statistics=statistics,
        value=lambda found, weights: compared(found[:, :2], weights),
        rows=None,
        signature=lambda _: sign(name, "ift", VERSION, unparsed=unparsed),
        details=lambda found: {"unparsed": int(found[:, 2].sum())},
    )


def _row(name: str, prediction: Prediction, unparsed: float) -> tuple[float, float, bool]:
    answer, reference = number(prediction.answer), number(prediction.expected[0])
    if reference is None and not prediction.inverted:
        raise Stop(reference_is_no_number(name, prediction.id, prediction.expected[0]))
    shown = [unparsed if value is None else value for value in (answer, reference)]
    return shown[0], shown[1], answer is None


def number(text: str | None) -> float | None:
    """The text as a finite number, or None.

    >>> number(" 3.5 "), number("3.5 points"), number("inf")
    (3.5, None, None)
    """
    try:
        value = float((text or "").strip())
    except ValueError:
        return None
    return value if np.isfinite(value) else None


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
