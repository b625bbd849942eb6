"""The table at the end of a run: metric, base, tuned, difference, and the interval of the paired difference."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from recipe_lang.program.document import Plan
from runtime.report.curves import read_steps
from runtime.report.numbers import figure, headed, interval, percent, signed, stated, task_name
from runtime.report.summary import Steps, kept_weights, merged_model

Row = Sequence[str]


def show_results(plan: Plan, results: Mapping[str, Any], folder: Path, stream: TextIO | None = None) -> None:
    """With colours on a terminal; plain lines without control characters elsewhere."""
    stream = stream or sys.stdout
    show_tables([table for table in _tables(plan, results) if table[2]], stream)
    for line in _sentences(plan, results, read_steps(folder)):
        print(line, file=stream)
    print(f"run folder: {folder}", file=stream)


def show_tables(tables: Sequence[tuple[str, Row, list[Row]]], stream: TextIO) -> None:
    """(title, head, rows) each."""
    from rich.console import Console

    console = Console(file=stream, highlight=False)
    for title, head, rows in tables:
        if console.is_terminal:
            console.print(_rich(title, head, rows))
        else:
            stream.write(_plain(title, head, rows))


def _tables(plan: Plan, results: Mapping[str, Any]) -> list[tuple[str, Row, list[Row]]]:
    confidence = percent(headed(results))
    return [
        ("Before and after", _head(confidence), _differences(results)),
        (
            "Other figures" if results["differences"] else "Figures",
            ("task", "split", "shots", "phase", "metric", "value", f"{confidence} interval", "rows"),
            _alone(results),
        ),
        ("Suites", ("suite", "phase", "shots", "value", f"{confidence} interval", "tasks", "rows"), _suites(results)),
        ("Forgetting", ("task", "metric", "drop", "one-sided bounds", "budget", "verdict"), _retained(results)),
    ]


def _head(confidence: str) -> Row:
    return ("task", "metric", "base", "tuned", "difference", f"{confidence} interval", "rows")


def _differences(results: Mapping[str, Any]) -> list[Row]:
    rows = {(e["block"], e["task"], e["split"], e["shots"]): e["rows"] for e in results["evaluations"]}
    head = headed(results)
    return [
        (
            task_name(line, results["differences"]),
            line["metric"],
            figure(line["base"]),
            figure(line["tuned"]),
            signed(line["difference"]),
            stated(line["low"], line["high"], line["confidence"], head, signed),
            str(rows[line["block"], line["task"], line["split"], line["shots"]]),
        )
        for line in results["differences"]
    ]


def _alone(results: Mapping[str, Any]) -> list[Row]:
    """What was measured in one phase only: checkpoints, in-context baselines, models that are not trained here."""
    compared = {(d["block"], d["task"], d["split"], d["shots"]) for d in results["differences"]}
    return [
        (
            entry["task"],
            entry["split"],
            str(entry["shots"]),
            entry["phase"],
            name,
            figure(metric["value"]),
            stated(metric["low"], metric["high"], entry["confidence"], headed(results)),
            str(entry["rows"]),
        )
        for entry in results["evaluations"]
        if (entry["block"], entry["task"], entry["split"], entry["shots"]) not in compared
        for name, metric in entry["metrics"].items()
    ]


def _suites(results: Mapping[str, Any]) -> list[Row]:
    return [
        (
            group["suite"],
            group["phase"],
            "–" if group["shots"] is None else str(group["shots"]),
            figure(group["value"]),
            stated(group["low"], group["high"], group["confidence"], headed(results)),
            str(len(group["tasks"])),
            str(group["rows"]),
        )
        for group in results["groups"]
    ]


def _retained(results: Mapping[str, Any]) -> list[Row]:
    return [
        (
            line["task"],
            line["metric"],
            signed(line["drop"]),
            interval(line["low"], line["high"], signed),
            figure(line["budget"]),
            line["verdict"],
        )
        for line in results["retain"]
    ]


def _sentences(plan: Plan, results: Mapping[str, Any], steps: Steps) -> list[str]:
    found = [
        f"{'passed' if line['passed'] else 'MISSED'}: {line['expression']} (it is {figure(line['value'])})"
        for line in results["require"]
    ]
    kept, merged = kept_weights(plan, results, steps), merged_model(plan, results)
    found += [f"model: the weights {kept}"] if kept else []
    return found + ([f"model-merged: {merged}"] if merged else [])


def _numeric(column: Row) -> bool:
    return all(cell[:1] in "0123456789+−±–" for cell in column)


def _rich(title: str, head: Row, rows: list[Row]):
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, column in zip(head, zip(*rows, strict=True), strict=True):
        table.add_column(name, justify="right" if _numeric(column) else "left", no_wrap=True)
    styles = {"forgotten": "bold red", "kept": "green", "undecided": "yellow"}
    for row in rows:
        table.add_row(*(Text(cell, style=styles.get(cell, "")) for cell in row))
    return table


def _plain(title: str, head: Row, rows: list[Row]) -> str:
    columns = list(zip(head, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [_numeric(column[1:]) for column in columns]
    lines = [
        "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)).rstrip()
        for row in (head, tuple("-" * w for w in widths), *rows)
    ]
    return "\n".join([title, *lines]) + "\n\n"
