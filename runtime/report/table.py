"""The table at the end of a run: metric, base, tuned, difference, and the interval of the paired difference."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from recipe_lang.program.course import Step
from recipe_lang.program.document import Plan
from recipe_lang.program.results import Results
from runtime.report.curves import read_steps
from runtime.report.figures import before_and_after
from runtime.report.numbers import figure, headed, interval, percent, signed, stated
from runtime.report.summary import kept_weights, merged_model, read_back

Row = Sequence[str]


def show_results(plan: Plan, results: Results, folder: Path, stream: TextIO | None = None) -> None:
    """With colours on a terminal; plain lines without control characters elsewhere."""
    stream = stream or sys.stdout
    show_tables([table for table in _tables(results) if table[2]], stream)
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


def _tables(results: Results) -> list[tuple[str, Row, list[Row]]]:
    confidence, changes = percent(headed(results)), _changes(results)
    return [
        (
            "Before and after",
            ("task", "metric", "base", "tuned", "difference", f"{confidence} interval", "rows"),
            changes,
        ),
        (
            "Other figures" if changes else "Figures",
            ("task", "split", "shots", "phase", "metric", "value", f"{confidence} interval", "rows"),
            _alone(results),
        ),
        ("Suites", ("suite", "phase", "shots", "value", f"{confidence} interval", "tasks", "rows"), _suites(results)),
        (
            "Forgetting",
            ("task", "metric", "drop", "one-sided bounds", "budget", "verdict"),
            [
                (d.task, d.metric, signed(d.drop), interval(d.low, d.high, signed), figure(d.budget), d.verdict)
                for d in results.retain
            ],
        ),
    ]


def _changes(results: Results) -> list[Row]:
    return [
        (
            change.task,
            line.metric,
            figure(line.base),
            figure(line.tuned),
            signed(line.difference),
            stated(line.low, line.high, line.confidence, headed(results), signed),
            str(change.of.rows),
        )
        for change in before_and_after(results)
        for line in [change.line]
    ]


def _alone(results: Results) -> list[Row]:
    """What was measured in one phase only: checkpoints, in-context baselines, models that are not trained here."""
    compared = {line.key for line in results.differences}
    return [
        (
            one.task,
            one.split,
            str(one.shots),
            one.phase,
            name,
            figure(metric.value),
            stated(metric.low, metric.high, one.confidence, headed(results)),
            str(one.rows),
        )
        for one in results.evaluations
        if one.key not in compared
        for name, metric in one.metrics.items()
    ]


def _suites(results: Results) -> list[Row]:
    return [
        (
            group.suite,
            group.phase,
            "–" if group.shots is None else str(group.shots),
            figure(group.value),
            stated(group.low, group.high, group.confidence, headed(results)),
            str(len(group.tasks)),
            str(group.rows),
        )
        for group in results.groups
    ]


def _sentences(plan: Plan, results: Results, steps: Sequence[Step]) -> list[str]:
    found = [
        f"{'passed' if line.passed else 'MISSED'}: {line.expression} (it is {figure(line.value)})"
        for line in results.require
    ]
    kept, merged = kept_weights(plan, results, steps), merged_model(plan, results)
    found += [f"model: the weights {kept}"] if kept else []
    found += [f"model-merged: {merged}"] if merged else []
    return found + read_back(results)


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
