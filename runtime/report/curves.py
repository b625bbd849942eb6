"""The course of training: the loss by step, smoothed, and figures measured on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runtime.base.files import read_lines
from runtime.report.charts import Band, Chart, Line, chart
from runtime.report.numbers import figure, percent

MOST_POINTS = 400
"""Points drawn of a curve; longer ones are thinned by the mean of neighbours."""


def read_steps(folder: Path, name: str = "metrics.jsonl") -> list[dict[str, Any]]:
    """Lines of a record of steps."""
    return read_lines(folder / name)


def loss_curve(steps: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The chart and its data: the loss of each step, and its exponential mean over about a twentieth of the run."""
    points = [(float(line["step"]), float(line["loss"])) for line in steps if line.get("loss") is not None]
    if len(points) < 2:
        return None
    thin = _thinned(points)
    smooth = _smoothed(thin, max(2, len(thin) // 20))
    return {
        "chart": chart([Line(thin, "faint"), Line(smooth, "tuned")]),
        "rows": [(f"{x:,.0f}", figure(y), figure(z)) for (x, y), (_, z) in zip(thin, smooth, strict=True)],
        "first": figure(smooth[0][1]),
        "last": figure(smooth[-1][1]),
    }


def losses(runs: Sequence[tuple[str, str, Sequence[Mapping[str, Any]]]]) -> dict[str, Any] | None:
    """(name, style, steps) of several runs: their smoothed losses on one chart, and each one's first and last."""
    drawn, rows, legend = [], [], []
    for name, style, steps in runs:
        points = [(float(line["step"]), float(line["loss"])) for line in steps if line.get("loss") is not None]
        if len(points) > 1:
            thin = _thinned(points)
            smooth = _smoothed(thin, max(2, len(thin) // 20))
            drawn.append(Line(smooth, style))
            legend.append((name, style))
            rows.append((name, f"{points[-1][0]:,.0f}", figure(smooth[0][1]), figure(smooth[-1][1])))
    return {"chart": chart(drawn), "rows": rows, "legend": legend} if len(drawn) > 1 else None


def validation_curves(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The loss on held-out rows by step, for each task that was validated more than once."""
    found: dict[str, list[tuple[float, float]]] = {}
    for line in lines:
        if line.get("loss") is not None:
            found.setdefault(line["task"], []).append((float(line["step"]), float(line["loss"])))
    return [
        {
            "task": task,
            "chart": chart([Line(points, "tuned", dots=True)]),
            "rows": [(f"{x:,.0f}", figure(y)) for x, y in points],
        }
        for task, points in found.items()
        if len(points) > 1
    ]


def progress_curves(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The main figure of each task that was also evaluated between start and end, by step; the tuned model stands at
    the step whose weights it has."""
    found: dict[tuple, list[tuple[int, Mapping[str, Any]]]] = {}
    main: dict[tuple, str] = {}
    confidence: dict[tuple, float] = {}
    for entry in results["evaluations"]:
        key = (entry["task"], entry["split"], entry["shots"])
        at = {"base": 0, "tuned": results.get("tuned_step")}.get(entry["phase"])
        step = int(entry["phase"].removeprefix("step-")) if at is None else at
        main[key], confidence[key] = entry["main"], entry["confidence"]
        found.setdefault(key, []).append((step, entry["metrics"][entry["main"]]))
    curves = []
    for (task, split, shots), measured in found.items():
        whole = [(s, m) for s, m in measured if m["value"] is not None and m["low"] is not None]
        rows = sorted(whole, key=lambda pair: pair[0])
        if len(rows) >= 3:
            curves.append(
                {
                    "task": task,
                    "split": split,
                    "shots": shots,
                    "metric": main[task, split, shots],
                    "confidence": percent(confidence[task, split, shots]),
                    "chart": _with_band(rows),
                    "rows": [(f"{s:,}", figure(m["value"]), figure(m["low"]), figure(m["high"])) for s, m in rows],
                }
            )
    return curves


def _with_band(rows: Sequence[tuple[int, Mapping[str, Any]]]) -> Chart:
    band = Band([(s, m["low"], m["high"]) for s, m in rows], "tuned")
    return chart([band, Line([(s, m["value"]) for s, m in rows], "tuned", dots=True)])


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    size = -(-len(points) // MOST_POINTS)
    parts = [points[i : i + size] for i in range(0, len(points), size)]
    return [(part[-1][0], sum(y for _, y in part) / len(part)) for part in parts]


def _smoothed(points: Sequence[tuple[float, float]], span: int) -> list[tuple[float, float]]:
    """Exponential mean, started without bias (Kingma and Ba 2015, section 3)."""
    keep, mean, weight, found = 1 - 1 / span, 0.0, 0.0, []
    for x, y in points:
        mean, weight = keep * mean + (1 - keep) * y, keep * weight + (1 - keep)
        found.append((x, mean / weight))
    return found
