"""Runs side by side: in the terminal, and as a page whose rows of disagreement can be looked through."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, TextIO

from runtime.base.files import write_atomic
from runtime.report.charts import strip
from runtime.report.curves import losses, read_steps
from runtime.report.numbers import figure, interval, percent, signed, stated
from runtime.report.page import templates
from runtime.report.table import show_tables

ROWS, MORE = 20, 200
"""Rows of disagreement shown a task, and up to which they can be unfolded; of the rest the page says how many."""
STYLES = ("base", "tuned", "better", "worse")
"""Colours of the runs, in their order; further ones begin again."""


def show_comparison(comparison: Mapping[str, Any], stream: TextIO | None = None) -> None:
    """Tables with colours on a terminal, plain lines elsewhere."""
    stream = stream or sys.stdout
    names = [run["name"] for run in comparison["runs"]]
    confidence, models = percent(comparison["confidence"]), _models(comparison)
    head = ["task", "shots", "metric", "run", "value", f"{confidence} interval", "difference", "interval of it", "rows"]
    cost = [
        [name.replace("_", " "), *(_cost(run["cost"][name]) for run in comparison["runs"])]
        for name in _costs(comparison)
    ]
    settings = [[line["setting"], *map(_shown, line["values"])] for line in comparison["settings"]]
    told = [(line["phase"], _lines(line, names, comparison["confidence"])) for line in _telling(comparison)]
    tables = [
        ("Untouched models", head, [row for phase, rows in told if phase == "base" for row in rows]),
        (f"{models.capitalize()} models", head, [row for phase, rows in told if phase == "tuned" for row in rows]),
        ("Settings that differ", ["setting", *names], settings),
        ("Cost of training", ["", *names], cost),
    ]
    show_tables([table for table in tables if table[2]], stream)
    apart = sum(len(group["rows"]) for group in comparison["rows"])
    print(
        f"Differences are to `{names[0]}`, paired by row; * marks those that Holm's procedure finds at "
        f"{confidence} over their main metrics. {apart:,} rows are scored differently, by their main metrics.",
        file=stream,
    )


def _models(comparison: Mapping[str, Any]) -> str:
    """What the runs are about."""
    trained = [run["trained"] for run in comparison["runs"]]
    return "tuned" if all(trained) else "tuned and evaluated" if any(trained) else "evaluated"


def _telling(comparison: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Figures without those of untouched models that answered alike."""
    key = itemgetter("task", "split", "shots", "phase")
    apart = {key(group) for group in comparison["rows"] if group["rows"]}
    return [
        line
        for line in comparison["figures"]
        if line["phase"] != "base"
        or key(line) in apart
        or any(other["difference"] != 0 for other in line["against_first"])
    ]


def _lines(line: Mapping[str, Any], names: Sequence[str], confidence: float) -> list[list[str]]:
    """A row a run; what they share stands in the first."""
    shared = [line["task"], str(line["shots"]), line["metric"]]
    rows = []
    for name, value, other in zip(names, line["values"], [None, *line["against_first"]], strict=True):
        against = ["", ""]
        if other is not None:
            against = [signed(other["difference"]) + ("*" if other["significant"] else ""), _interval(other)]
        shown = stated(value["low"], value["high"], value["confidence"], confidence)
        here = [name, figure(value["value"]), shown, *against]
        rows.append([*(shared if other is None else [""] * 3), *here, str(line["rows"]) if other is None else ""])
    return rows


def write_comparison(comparison: Mapping[str, Any], path: Path) -> None:
    """The page; one file that needs nothing else."""
    write_atomic(path, comparison_page(comparison))


def comparison_page(comparison: Mapping[str, Any]) -> str:
    runs = [run | {"style": STYLES[n % len(STYLES)]} for n, run in enumerate(comparison["runs"])]
    models = _models(comparison)
    return (
        templates()
        .get_template("compare.html.j2")
        .render(
            runs=runs,
            confidence=percent(comparison["confidence"]),
            models=models,
            figures=[_figure_line(line, runs, comparison["confidence"], models) for line in _telling(comparison)],
            losses=losses([(run["name"], run["style"], read_steps(Path(run["folder"]))) for run in runs]),
            settings=[
                (line["setting"], [_shown(value) for value in line["values"]]) for line in comparison["settings"]
            ],
            costs=[(name.replace("_", " "), [_cost(run["cost"][name]) for run in runs]) for name in _costs(comparison)],
            rows=[
                group
                | {
                    "shown": group["rows"][:ROWS],
                    "more": group["rows"][ROWS:MORE],
                    "left_out": len(group["rows"][MORE:]),
                }
                for group in comparison["rows"]
                if group["rows"]
            ],
        )
    )


def _figure_line(line: Mapping[str, Any], runs: list[dict[str, Any]], confidence: float, models: str) -> dict[str, Any]:
    ends = [value[end] for value in line["values"] for end in ("value", "low", "high")]
    pairs = [(run["style"], v["value"], v["low"], v["high"]) for run, v in zip(runs, line["values"], strict=True)]
    against = []
    for other in line["against_first"]:
        gain = other["difference"] if line["better"] == "more" else -other["difference"]
        verdict = "" if not other["significant"] else "better" if gain > 0 else "worse"
        against.append({"text": signed(other["difference"]), "interval": _interval(other), "verdict": verdict})
    return {
        "task": line["task"],
        "model": models if line["phase"] == "tuned" else "untouched",
        "main": line["main"],
        "shots": line["shots"],
        "metric": line["metric"] + (" ↓" if line["better"] == "less" else ""),
        "rows": line["rows"],
        "values": [_value(value, confidence) for value in line["values"]],
        "against": against,
        "strip": "" if None in ends else strip(pairs, min(0.0, *ends), max(ends)),
    }


def _value(value: Mapping[str, Any], confidence: float) -> str:
    """The figure; where its bar is another interval than the legend says, that one's confidence."""
    shown = figure(value["value"])
    return shown if value["confidence"] == confidence else f"{shown} ({percent(value['confidence'])} bar)"


def _interval(other: Mapping[str, Any]) -> str:
    return interval(other["low"], other["high"], signed)


def _costs(comparison: Mapping[str, Any]) -> list[str]:
    """What was counted in any of the runs."""
    names = comparison["runs"][0]["cost"]
    return [name for name in names if any(run["cost"][name] is not None for run in comparison["runs"])]


def _cost(value: float | None) -> str:
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def _shown(value: Any) -> str:
    text = "not set" if value is None else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
