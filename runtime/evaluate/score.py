"""From predictions to figures: an entry of `results.json`, and each row's own scores.

Everything here is a function of predictions and program, so that a file of predictions gives the same figures again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.metrics import Classes, ExactMatch, Matthews
from recipe_lang.program.predictions import Prediction
from recipe_lang.program.program import Program
from recipe_lang.program.results import Estimate, Evaluation, Figure, How, Noise, Part
from recipe_lang.program.task import NumberAnswer, Task
from runtime.base.seeds import seed
from runtime.evaluate.answers import spelling
from runtime.evaluate.intervals import interval
from runtime.evaluate.metrics import metric
from runtime.evaluate.metrics.metric import Metric
from runtime.evaluate.predictions import by_draw, direct, file_name
from runtime.evaluate.resampling import RESAMPLES, groups

if TYPE_CHECKING:
    from runtime.evaluate.asked import Asked

PART_RESAMPLES = 1_000
"""For the intervals of templates and slices, of which there may be many."""

NOTHING = Estimate(value=None, low=None, high=None)

Statistics = Mapping[str, np.ndarray]
"""Metric's spelling → (rows, k), rows in the order of the predictions."""


def metrics_of(task: Task) -> dict[str, Metric]:
    """By spelling, the main one first. Numbers are compared as they are, not normalised as texts."""
    as_they_are = {"normalize": None, "ignore": [], "case": None} if isinstance(task.answer, NumberAnswer) else {}
    return {
        call.spelling: metric(call.model_copy(update=as_they_are) if isinstance(call, ExactMatch) else call)
        for call in task.metrics
    }


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


def evaluation(
    program: Program,
    block: Evaluate,
    asked: Asked,
    phase: str,
    predictions: Sequence[Prediction],
    statistics: Statistics,
    *,
    how: How,
    tokenizer: str,
    noise: Noise | None = None,
) -> Evaluation:
    """What `predictions` come to. `tokenizer` is the hash of the one that counted tokens.

    Rows are counted once, however often exemplars were drawn. Inverted templates ask something else: all but
    `templates` and `inverted` is of the others alone.
    """
    task = program.tasks[asked.task]
    metrics = metrics_of(task)
    stream = seed(program.seed, "interval", f"{asked.task}/{asked.split}")
    measure = partial(_measure, metrics, predictions, statistics, block.confidence, stream)
    part = partial(_parts, predictions, measure=partial(measure, PART_RESAMPLES), over_classes=_over_classes(metrics))
    every, kept = range(len(predictions)), direct(predictions)
    own = [row for row in every if len(kept) == len(predictions) or not predictions[row].inverted]
    estimates = measure(RESAMPLES, np.array(own, int))
    return Evaluation(
        block=block.name,
        task=asked.task,
        split=asked.split,
        phase=phase,
        shots=asked.shots,
        confidence=block.confidence,
        rows=len({p.id for p in kept}),
        draws=max(len({p.draw for p in kept}), 1),
        main=task.metrics[0].spelling,
        metrics={
            name: _figure(one, estimates[name], statistics[name][own], kept, _signature(one, task, kept, tokenizer))
            for name, one in metrics.items()
        },
        templates=part(every, lambda p: p.template, skip_one=True),
        slices={column: part(own, lambda p, c=column: p.slices.get(c, "")) for column in task.slices},
        inverted=part(every, lambda p: p.inverted)[True] if len(kept) < len(predictions) else None,
        fewer=sum(p.exemplars < asked.shots for p in predictions) or None,
        unmatched=sum(p.answer is None for p in kept) or None,
        cut=sum(p.ended == "length" for p in kept) or None,
        predictions=file_name(asked.task, asked.split, phase, asked.shots),
        how=how,
        noise=noise,
    )


def _figure(
    metric: Metric, estimate: Estimate, statistics: np.ndarray, kept: Sequence[Prediction], signature: str
) -> Figure:
    return Figure(
        **dict(estimate),
        better=metric.call.better,
        range=[_number(end) for end in metric.call.ends],
        averaged=metric.averaged,
        signature=signature,
        unseen=(metric.blind(kept) or None) if metric.blind is not None else None,
        details=metric.details(statistics) if metric.details is not None and kept else None,
    )


def _signature(metric: Metric, task: Task, kept: Sequence[Prediction], tokenizer: str) -> str:
    counted = f"|tokenizer:{tokenizer[:12]}" if metric.counts_tokens else ""
    return metric.signature(kept) + counted + spelling(task.answer)


def noise(
    metrics: Mapping[str, Metric], predictions: Sequence[Prediction], again: Sequence[Prediction], batches: int
) -> Noise:
    """How far the same model's figures move when its rows stand in other batches, and how many answers change."""
    predictions, again = direct(predictions), direct(again)
    first, second = statistics_of(metrics, predictions), statistics_of(metrics, again)
    return Noise(
        rows_changed=sum(a.text != b.text for a, b in zip(predictions, again, strict=True)),
        metrics={name: _number(one.point(second[name]) - one.point(first[name])) for name, one in metrics.items()},
        batches=batches,
    )


def _measure(
    metrics: Mapping[str, Metric],
    predictions: Sequence[Prediction],
    statistics: Statistics,
    confidence: float,
    stream: int,
    count: int,
    rows: np.ndarray,
) -> dict[str, Estimate]:
    """Value and interval of each metric over some rows; with several draws their mean, and the value of each."""
    of_draw = by_draw(predictions, rows)
    if not of_draw:
        return dict.fromkeys(metrics, NOTHING)
    clusters = groups([predictions[r].group for r in of_draw[0]])
    found = {}
    for name, one in metrics.items():
        parts = [statistics[name][part] for part in of_draw]
        values = [one.point(part) for part in parts]
        low, high = interval(one, parts, clusters, confidence, stream, count)
        found[name] = Estimate(
            value=_number(math.fsum(values) / len(values)),
            low=_number(low),
            high=_number(high),
            draws=[_number(value) for value in values] if len(values) > 1 else None,
        )
    return found


def _parts(
    predictions: Sequence[Prediction],
    rows: Iterable[int],
    key: Callable[[Prediction], Any],
    *,
    measure: Callable[[np.ndarray], dict[str, Estimate]],
    over_classes: Collection[str],
    skip_one: bool = False,
) -> dict[Any, Part]:
    """Figures of some rows by value of `key`, in order of the values. Of rows of one class those `over_classes` say
    nothing."""
    values: dict[Any, list[int]] = {}
    for row in rows:
        values.setdefault(key(predictions[row]), []).append(row)
    if skip_one and len(values) < 2:
        return {}
    found = {}
    for value, own in sorted(values.items()):
        metrics = measure(np.array(own))
        if len({predictions[r].expected[:1] for r in own}) < 2:
            metrics |= dict.fromkeys(over_classes, NOTHING)
        found[value] = Part(
            rows=len({predictions[r].id for r in own}),
            metrics=metrics,
            inverted=all(predictions[r].inverted for r in own) or None,
        )
    return found


def _over_classes(metrics: Mapping[str, Metric]) -> list[str]:
    return [
        name
        for name, one in metrics.items()
        if isinstance(one.call, Matthews) or (isinstance(one.call, Classes) and one.call.only is None)
    ]


def _number(value: float) -> float | None:
    """JSON has no nan."""
    return value if math.isfinite(value) else None
