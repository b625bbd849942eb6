"""Rows side by side: what the untouched model and the tuned one wrote to the same prompt."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runtime.report.numbers import figure

SAMPLES = 10
EXTREMES = 3
"""Rows shown at either end."""


def read_predictions(path: Path) -> list[dict[str, Any]]:
    """Those of the first draw of exemplars, in the order of the file."""
    with path.open(encoding="utf-8") as lines:
        return [row for row in map(json.loads, lines) if row["draw"] == 0]


def by_id(rows: Sequence[Mapping[str, Any]], *, inverted: bool = False) -> dict[str, Mapping[str, Any]]:
    """Rows of direct templates, or of inverted ones; a task that has only inverted ones counts as direct."""
    apart = {row["id"]: row for row in rows if row.get("inverted")}
    rest = {row["id"]: row for row in rows if row["id"] not in apart}
    return (apart if rest else {}) if inverted else (rest or apart)


def side_by_side(results: Mapping[str, Any], folder: Path) -> list[dict[str, Any]]:
    """For each task: ten samples and, where rows have scores, the largest gains and losses; of a model that was not
    trained, its best and worst rows."""
    found = []
    for task, before, after in compared(results):
        metric = after["main"]
        files = [read_predictions(folder / entry["predictions"]) if entry else [] for entry in (before, after)]
        sides = [by_id(rows) for rows in files]
        binary = all(row["scores"].get(metric) in (0, 1) for row in sides[1].values())
        rows = [_row(sides[0].get(name), row, metric, binary) for name, row in sides[1].items()]
        apart = [by_id(rows, inverted=True) for rows in files]
        inverted = [_row(apart[0].get(name), row, metric, binary) for name, row in apart[1].items()]
        sign, both = 1 if after["metrics"][metric]["better"] == "more" else -1, before is not None
        worst, best = _extremes(rows, sign, both=both) if len(rows) > SAMPLES else ([], [])
        found.append(
            {
                "task": task,
                "metric": metric,
                "samples": rows[:SAMPLES],
                "inverted": inverted[:EXTREMES],
                "worst": worst,
                "best": best,
                "both": both,
                "lost": bool(worst) and sign * worst[0]["rank"] < 0,
            }
        )
    return found


def _extremes(rows: Sequence[dict[str, Any]], sign: int, *, both: bool) -> tuple[list, list]:
    """The rows at either end, the farthest first. A row that tuning left as it was is at none, nor is any where all are
    alike."""
    ranked = sorted((row for row in rows if row["rank"] is not None), key=lambda row: sign * row["rank"])
    worst, best = ranked[:EXTREMES], ranked[::-1][:EXTREMES]
    if both:
        return [row for row in worst if row["rank"]], [row for row in best if row["rank"]]
    return (worst, best) if ranked and worst[0]["rank"] != best[0]["rank"] else ([], [])


def compared(results: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any] | None, Mapping[str, Any]]]:
    """(task, before, after) at the same number of exemplars; `before` is None where the model was not trained."""
    entries = results["evaluations"]
    found = []
    for after in entries:
        if after["phase"] == "tuned":
            same = ("block", "task", "split", "shots")
            before = next((e for e in entries if e["phase"] == "base" and all(e[k] == after[k] for k in same)), None)
            found.append((after["task"], before, after))
    if not found:
        found = [(entry["task"], None, entry) for entry in entries if entry["phase"] == "base"]
    return found


def _score(metric: str, score: float | None, binary: bool) -> str:
    if score is None:
        return ""
    return ("right" if score else "wrong") if binary else f"{metric} {figure(score)}"


def _row(before: Mapping[str, Any] | None, after: Mapping[str, Any], metric: str, binary: bool) -> dict[str, Any]:
    scores = [side["scores"].get(metric) if side else None for side in (before, after)]
    gain = None if None in scores else scores[1] - scores[0]
    return {
        "id": after["id"],
        "prompt": after["prompt"],
        "reference": after["reference"],
        "before": before["prediction"] if before else None,
        "after": after["prediction"],
        "before_score": _score(metric, scores[0], binary),
        "after_score": _score(metric, scores[1], binary),
        "rank": scores[1] if before is None else gain,
        "cut": after.get("ended") == "length",
    }


def confusion(entry: Mapping[str, Any], predictions: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Reference by answer, counted, where every row has the same few choices; None elsewhere."""
    labels = {tuple(choice["text"] for choice in row.get("choices", ())) for row in predictions}
    if len(labels) != 1 or not 2 <= len(names := list(labels.pop())) <= 12:
        return None
    counts = {(wanted, given): 0 for wanted in names for given in names}
    for row in predictions:
        if (row["reference"], row["prediction"]) in counts:
            counts[row["reference"], row["prediction"]] += 1
    lines = []
    for wanted in names:
        total = sum(counts[wanted, given] for given in names)
        cells = [
            {
                "count": counts[wanted, given],
                "share": counts[wanted, given] / total if total else 0.0,
                "right": wanted == given,
            }
            for given in names
        ]
        lines.append({"label": wanted, "cells": cells, "total": total})
    return {"task": entry["task"], "phase": entry["phase"], "labels": names, "lines": lines}
