"""Runs side by side: in the terminal, and as a page whose rows of disagreement can be looked through."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from runtime.base.files import write_atomic
from runtime.report.charts import strip
from runtime.report.numbers import figure, interval, phase_name, signed
from runtime.report.page import templates
from runtime.report.table import show_tables

ROWS = 20
"""Rows of disagreement shown a task."""
STYLES = ("base", "tuned", "better", "worse")
"""Colours of the runs, in their order; further ones begin again."""


def show_comparison(comparison: Mapping[str, Any], stream: TextIO | None = None) -> None:
    """Tables with colours on a terminal, plain lines elsewhere."""
    names = [run["name"] for run in comparison["runs"]]
    head = ["task", "model", "shots", "metric", *names, *(f"{name} − {names[0]}" for name in names[1:])]
    figures = [
        [
            line["task"],
            phase_name(line["phase"]),
            str(line["shots"]),
            line["metric"],
            *(figure(value["value"]) for value in line["values"]),
            *(_difference(other) for other in line["against_first"]),
        ]
        for line in comparison["figures"]
    ]
    cost = [[name, *(_cost(run["cost"][name]) for run in comparison["runs"])] for name in _costs(comparison)]
    settings = [[line["setting"], *map(_shown, line["values"])] for line in comparison["settings"]]
    tables = [
        ("Figures", head, figures),
        ("Settings that differ", ["setting", *names], settings),
        ("Cost", ["", *names], cost),
    ]
    show_tables([table for table in tables if table[2]], stream or sys.stdout)


def write_comparison(comparison: Mapping[str, Any], path: Path) -> None:
    """The page; one file that needs nothing else."""
    write_atomic(path, comparison_page(comparison))


def comparison_page(comparison: Mapping[str, Any]) -> str:
    runs = [run | {"style": STYLES[n % len(STYLES)]} for n, run in enumerate(comparison["runs"])]
    return (
        templates()
        .get_template("compare.html.j2")
        .render(
            runs=runs,
            figures=[_figure_line(line, runs) for line in comparison["figures"]],
            settings=[
                (line["setting"], [_shown(value) for value in line["values"]]) for line in comparison["settings"]
            ],
            costs=[(name, [_cost(run["cost"][name]) for run in runs]) for name in _costs(comparison)],
            rows=[group | {"shown": group["rows"][:ROWS]} for group in comparison["rows"] if group["rows"]],
        )
    )


def _figure_line(line: Mapping[str, Any], runs: list[dict[str, Any]]) -> dict[str, Any]:
    ends = [value[end] for value in line["values"] for end in ("value", "low", "high")]
    pairs = [(run["style"], v["value"], v["low"], v["high"]) for run, v in zip(runs, line["values"], strict=True)]
    against = []
    for other in line["against_first"]:
        gain = other["difference"] if line["better"] == "more" else -other["difference"]
        certain = other["low"] > 0 or other["high"] < 0
        verdict = "" if not certain else "better" if gain > 0 else "worse"
        against.append({"text": signed(other["difference"]), "interval": _interval(other), "verdict": verdict})
    return {
        "task": line["task"],
        "phase": phase_name(line["phase"]),
        "shots": line["shots"],
        "metric": line["metric"] + (" ↓" if line["better"] == "less" else ""),
        "rows": line["rows"],
        "values": [figure(value["value"]) for value in line["values"]],
        "against": against,
        "strip": "" if None in ends else strip(pairs, min(0.0, *ends), max(ends)),
    }


def _difference(other: Mapping[str, Any]) -> str:
    return f"{signed(other['difference'])} ({_interval(other)})"


def _interval(other: Mapping[str, Any]) -> str:
    return interval(other["low"], other["high"], signed)


def _costs(comparison: Mapping[str, Any]) -> list[str]:
    """What was counted in any of the runs."""
    names = comparison["runs"][0]["cost"]
    return [name for name in names if any(run["cost"][name] is not None for run in comparison["runs"])]


def _cost(value: float | None) -> str:
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else figure(value)


def _shown(value: Any) -> str:
    text = "not set" if value is None else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
