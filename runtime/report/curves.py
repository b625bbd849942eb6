"""The course of training: the loss by step, smoothed, and figures measured on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from recipe_lang.program.course import Step, Validation
from recipe_lang.program.results import Evaluation, Key, Results
from runtime.base.records import read_record
from runtime.report.charts import Chart, Point, Shape, band, chart
from runtime.report.numbers import figure

MOST_POINTS = 400
"""Points drawn of a curve; longer ones are thinned by the mean of neighbours."""


class Curve(NamedTuple):
    """A chart with the data behind it."""

    chart: Chart
    rows: list[tuple[str, ...]]
    legend: tuple[tuple[str, str], ...] = ()
    """(name, style) of each line."""


def read_steps(folder: Path) -> list[Step]:
    return read_record(folder, "metrics.jsonl", Step)


def loss_curve(steps: Sequence[Step]) -> Curve | None:
    """The loss of each step, and its exponential mean over about a twentieth of the run."""
    if len(steps) < 2:
        return None
    thin, smooth = _smoothed(steps)
    rows = [(f"{x:,.0f}", figure(y), figure(z)) for (x, y), (_, z) in zip(thin, smooth, strict=True)]
    return Curve(chart([Shape(thin, "faint"), Shape(smooth, "tuned")]), rows)


def rate_curve(steps: Sequence[Step]) -> Curve | None:
    """The learning rate of each step."""
    if len(steps) < 2:
        return None
    points = _rates(steps)
    return Curve(chart([Shape(points, "tuned")]), [(f"{x:,.0f}", f"{y:.3g}") for x, y in points])


def validation_curves(folder: Path) -> dict[str, Curve]:
    """The loss on held-out rows by step, for each task that was validated more than once."""
    return {
        task: Curve(chart([Shape(points, "tuned", "line and dots")]), [(f"{x:,.0f}", figure(y)) for x, y in points])
        for task, points in _held_out(folder).items()
        if len(points) > 1
    }


def compared_curves(runs: Sequence[tuple[str, str, Path]]) -> Iterator[tuple[str, Curve]]:
    """Captions, and the courses of several runs (name, style, folder) on one chart each: loss, loss on held-out rows by
    task, learning rate. Behind each stand its first and last values."""
    steps = {name: read_steps(folder) for name, _, folder in runs}
    held_out = {name: _held_out(folder) for name, _, folder in runs}
    tasks = dict.fromkeys(task for own in held_out.values() for task in own)
    courses = {"Loss by step, smoothed": {name: _smoothed(own)[1] for name, own in steps.items() if own}}
    for task in tasks:
        courses[f"{task}, loss on held-out rows by step"] = {n: own.get(task, []) for n, own in held_out.items()}
    courses["Learning rate by step"] = {name: _rates(own) for name, own in steps.items() if own}
    for caption, course in courses.items():
        drawn = [(name, style, course[name]) for name, style, _ in runs if len(course.get(name, ())) > 1]
        if len(drawn) > 1:
            show = "{:.3g}".format if caption.startswith("Learning") else figure
            yield (
                caption,
                Curve(
                    chart([Shape(points, style) for _, style, points in drawn]),
                    [(name, f"{p[-1][0]:,.0f}", show(p[0][1]), show(p[-1][1])) for name, _, p in drawn],
                    tuple((name, style) for name, style, _ in drawn),
                ),
            )


def _held_out(folder: Path) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for line in read_record(folder, "validation.jsonl", Validation):
        found.setdefault(line.task, []).append((float(line.step), line.loss))
    return found


def _rates(steps: Sequence[Step]) -> list[Point]:
    """The first step, the last, and as many between them as are drawn."""
    size = -(-len(steps) // MOST_POINTS)
    return [(float(line.step), line.learning_rate) for line in (*steps[:-1:size], steps[-1])]


def progress_curves(results: Results) -> Iterator[tuple[Evaluation, Curve]]:
    """The main figure of each task that was also evaluated between start and end, by step, with the last evaluation;
    the tuned model stands at the step whose weights it has."""
    found: dict[Key, list[Evaluation]] = {}
    for one in results.evaluations:
        found.setdefault(one.key._replace(block=None), []).append(one)
    for measured in found.values():
        known = [one for one in measured if one.figure.value is not None and one.figure.low is not None]
        rows = sorted(((_step(one, results), one.figure) for one in known), key=lambda pair: pair[0])
        if len(rows) >= 3:
            told = [(f"{s:,}", figure(m.value), figure(m.low), figure(m.high)) for s, m in rows]
            line = Shape([(s, m.value) for s, m in rows], "tuned", "line and dots")
            yield measured[-1], Curve(chart([band([(s, m.low, m.high) for s, m in rows], "tuned"), line]), told)


def _step(one: Evaluation, results: Results) -> int:
    known = {"base": 0, "tuned": results.tuned_step}
    return known[one.phase] if one.phase in known else int(one.phase.removeprefix("step-"))


def _smoothed(steps: Sequence[Step]) -> tuple[list[Point], list[Point]]:
    """Losses, thinned, and their exponential mean, started without bias (Kingma and Ba 2015, section 3)."""
    points = [(float(line.step), line.loss) for line in steps]
    size = -(-len(points) // MOST_POINTS)
    parts = [points[i : i + size] for i in range(0, len(points), size)]
    thin = [(part[-1][0], sum(y for _, y in part) / len(part)) for part in parts]
    keep, mean, weight, smooth = 1 - 1 / max(2, len(thin) // 20), 0.0, 0.0, []
    for x, y in thin:
        mean, weight = keep * mean + (1 - keep) * y, keep * weight + (1 - keep)
        smooth.append((x, mean / weight))
    return thin, smooth
