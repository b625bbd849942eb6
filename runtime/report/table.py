"""The table at the end of a run: metric, base, tuned, difference, and the interval of the paired difference."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from recipe_lang.diagnostics.render.visible import coloured
from recipe_lang.program.course import Step
from recipe_lang.program.document import Plan
from recipe_lang.program.results import Evaluation, Results
from recipe_lang.tables import Table, text_of, width_of
from runtime.report.curves import read_steps
from runtime.report.figures import before_and_after
from runtime.report.numbers import figure, headed, interval, percent, phase_name, signed, stated
from runtime.report.summary import kept_weights, merged_model, read_back

Row = Sequence[str]


def show_results(plan: Plan, results: Results, folder: Path, stream: TextIO | None = None) -> None:
    """With colours on a terminal; plain lines without control characters elsewhere."""
    stream = stream or sys.stdout
    show_tables(_tables(results), stream)
    for line in _sentences(plan, results, read_steps(folder)):
        print(line, file=stream)
    print(f"run folder: {folder}", file=stream)


def show_tables(tables: Sequence[Table], stream: TextIO) -> None:
    """Those that have rows."""
    width, colour = width_of(stream), coloured(stream=stream)
    stream.writelines(text_of(table, width, colour=colour) + "\n" for table in tables if table.rows)


def _tables(results: Results) -> list[Table]:
    confidence, changes = percent(headed(results)), _changes(results)
    ends = (f"{confidence} interval", *["answers cut"] * any(one.cut for one in results.evaluations), "rows")
    return [
        Table("Before and after", ("task", "metric", "base", "tuned", "difference", *ends), changes),
        Table(
            "Other figures" if changes else "Figures",
            ("task", "phase", "shots", "metric", "value", *ends, "split"),
            _alone(results),
        ),
        Table(
            "Suites",
            ("suite", "phase", "shots", "value", f"{confidence} interval", "tasks", "rows"),
            _suites(results),
        ),
        Table(
            "Forgetting",
            ("task", "metric", "drop", "one-sided bounds", "budget", "verdict"),
            [
                (d.task, d.metric, signed(d.drop), interval(d.low, d.high, signed), figure(d.budget), d.verdict)
                for d in results.retain
            ],
            {"forgotten": "error", "kept": "good", "undecided": "warning"},
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
            *_told(results, (change.before, change.of)),
            f"{change.of.rows:,}",
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
            phase_name(one.phase, results),
            str(one.shots),
            name,
            figure(metric.value),
            stated(metric.low, metric.high, one.confidence, headed(results)),
            *_told(results, [one]),
            f"{one.rows:,}",
            one.split,
        )
        for one in results.evaluations
        if one.key not in compared
        for name, metric in one.metrics.items()
    ]


def _told(results: Results, sides: Sequence[Evaluation]) -> list[str]:
    """How many answers were cut at the length limit, where any of the run was."""
    cut = " → ".join(f"{one.cut or 0:,}" for one in sides) if any(one.cut for one in sides) else ""
    return [cut] if any(one.cut for one in results.evaluations) else []


def _suites(results: Results) -> list[Row]:
    return [
        (
            group.suite,
            group.phase,
            "–" if group.shots is None else str(group.shots),
            figure(group.value),
            stated(group.low, group.high, group.confidence, headed(results)),
            str(len(group.tasks)),
            f"{group.rows:,}",
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
