"""From predictions to figures: an entry of `results.json`, and each row's own scores.

Everything here is a function of predictions and program, so that a file of predictions gives the same figures again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from recipe_lang.program.task import Task
from runtime.base.seeds import seed
from runtime.evaluate.answers import spelling
from runtime.evaluate.intervals import RESAMPLES, draws, groups, percentile, resamples, wilson
from runtime.evaluate.metrics import metric
from runtime.evaluate.metrics.metric import Metric
from runtime.evaluate.predictions import Prediction, by_draw, direct

PART_RESAMPLES = 1_000
"""For the intervals of templates and slices, of which there may be many."""

Statistics = Mapping[str, np.ndarray]
"""Metric's spelling → (rows, k), rows in the order of the predictions."""


def metrics_of(task: Task) -> dict[str, Metric]:
    """By spelling, the main one first."""
    return {call.spelling: metric(call) for call in task.metrics}


def statistics_of(metrics: Mapping[str, Metric], predictions: Sequence[Prediction]) -> dict[str, np.ndarray]:
    return {spelling: one.statistics(predictions) for spelling, one in metrics.items()}


def with_scores(
    metrics: Mapping[str, Metric], statistics: Statistics, predictions: Sequence[Prediction]
) -> list[Prediction]:
    """The same predictions, each with its own scores by metric."""
    by_row = {name: one.rows(statistics[name]) for name, one in metrics.items() if one.rows and len(predictions)}
    return [
        replace(prediction, scores={name: float(scores[row]) for name, scores in by_row.items()})
        for row, prediction in enumerate(predictions)
    ]


def figures(
    task: Task,
    predictions: Sequence[Prediction],
    statistics: Statistics,
    *,
    confidence: float,
    root: int,
    name: str,
    tokenizer: str,
) -> dict[str, Any]:
    """`rows`, `draws`, `main`, `metrics`, `templates`, `slices` and `inverted` of an entry.

    `root` and `name` seed the resamples; `tokenizer` is the hash of the one that counted tokens. Rows are counted once,
    however often exemplars were drawn. Inverted templates ask something else: all but `templates` and `inverted` is of
    the others alone.
    """
    metrics = metrics_of(task)
    stream = seed(root, "interval", name)
    measure = partial(_measure, metrics, predictions, statistics, confidence, stream, PART_RESAMPLES)
    kept = direct(predictions)
    own = np.array([row for row, p in enumerate(predictions) if len(kept) == len(predictions) or not p.inverted], int)
    shown = _measure(metrics, predictions, statistics, confidence, stream, RESAMPLES, own)
    for spelled, one in metrics.items():
        shown[spelled] |= {
            "better": one.better,
            "range": [_number(one.low), _number(one.high)],
            "averaged": one.averaged,
            "signature": _signature(one, task, kept, tokenizer),
        }
        if one.blind is not None and (unseen := one.blind(kept)):
            shown[spelled]["unseen"] = unseen
        if one.details is not None and kept:
            shown[spelled]["details"] = one.details(statistics[spelled][own])
    entry: dict[str, Any] = {
        "rows": len({p.id for p in kept}),
        "draws": max(len({p.draw for p in kept}), 1),
        "main": task.metrics[0].spelling,
        "metrics": shown,
        "templates": _parts(predictions, range(len(predictions)), lambda p: p.template, measure, skip_one=True),
        "slices": {
            column: _parts(predictions, own, lambda p, c=column: p.slices.get(c, ""), measure) for column in task.slices
        },
    }
    if len(kept) < len(predictions):
        entry["inverted"] = _parts(predictions, range(len(predictions)), lambda p: p.inverted, measure)[True]
    if any(p.answer is None for p in kept):
        entry["unmatched"] = sum(p.answer is None for p in kept)
    return entry


def _signature(metric: Metric, task: Task, kept: Sequence[Prediction], tokenizer: str) -> str:
    counted = f"|tokenizer:{tokenizer[:12]}" if metric.counts_tokens else ""
    return metric.signature(kept) + counted + spelling(task.answer)


def noise(
    metrics: Mapping[str, Metric], predictions: Sequence[Prediction], again: Sequence[Prediction]
) -> dict[str, Any]:
    """How far the same model's figures move when its rows stand in other batches, and how many answers change."""
    predictions, again = direct(predictions), direct(again)
    first, second = statistics_of(metrics, predictions), statistics_of(metrics, again)
    return {
        "rows_changed": sum(a.text != b.text for a, b in zip(predictions, again, strict=True)),
        "metrics": {name: _number(one.point(second[name]) - one.point(first[name])) for name, one in metrics.items()},
    }


def _measure(
    metrics: Mapping[str, Metric],
    predictions: Sequence[Prediction],
    statistics: Statistics,
    confidence: float,
    stream: int,
    count: int,
    rows: np.ndarray,
) -> dict[str, dict[str, Any]]:
    """Value and interval of each metric over some rows; with several draws their mean, and the value of each."""
    of_draw = by_draw(predictions, rows)
    if not of_draw:
        return {name: {"value": None, "low": None, "high": None} for name in metrics}
    clusters = groups([predictions[r].group for r in of_draw[0]])
    found = {}
    for name, one in metrics.items():
        parts = [statistics[name][part] for part in of_draw]
        values = [one.point(part) for part in parts]
        if one.right_or_wrong and clusters.single and len(parts) == 1:
            low, high = wilson(float(parts[0][:, 0].sum()), len(parts[0]), confidence)
        else:
            low, high = percentile(draws(one, parts, resamples(clusters, stream, count)), confidence)
        found[name] = {"value": _number(math.fsum(values) / len(values)), "low": _number(low), "high": _number(high)}
        if len(values) > 1:
            found[name]["draws"] = [_number(value) for value in values]
    return found


def _parts(
    predictions: Sequence[Prediction],
    rows: Iterable[int],
    key: Callable[[Prediction], Any],
    measure: Callable[[np.ndarray], dict[str, dict[str, Any]]],
    *,
    skip_one: bool = False,
) -> dict[Any, Any]:
    """Figures of some rows by value of `key`, in order of the values."""
    values: dict[Any, list[int]] = {}
    for row in rows:
        values.setdefault(key(predictions[row]), []).append(row)
    if skip_one and len(values) < 2:
        return {}
    return {value: _part(predictions, own, measure) for value, own in sorted(values.items())}


def _part(
    predictions: Sequence[Prediction], rows: Sequence[int], measure: Callable[[np.ndarray], dict[str, dict[str, Any]]]
) -> dict[str, Any]:
    part = {"rows": len({predictions[r].id for r in rows}), "metrics": measure(np.array(rows))}
    return part | ({"inverted": True} if all(predictions[r].inverted for r in rows) else {})


def _number(value: float) -> float | None:
    """JSON has no nan."""
    return value if math.isfinite(value) else None
