"""Runs side by side: in the terminal, and as a page whose rows of disagreement can be looked through."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from recipe_lang.diagnostics.problems.wording import counted
from recipe_lang.diagnostics.render.visible import excerpts
from recipe_lang.program.comparison import Against, Best, Comparison, Cost, Line, Run, Value
from recipe_lang.tables import Table
from runtime.base.files import write_atomic
from runtime.report.charts import strip
from runtime.report.curves import compared_curves
from runtime.report.numbers import figure, interval, percent, signed, stated, task_name
from runtime.report.page import stacking, templates
from runtime.report.table import show_tables

ROWS, MORE = 20, 200
"""Rows of disagreement shown a task, and up to which they can be unfolded; of the rest the page says how many."""
STYLES = ("base", "tuned", "better", "worse", "unsure", "violet", "pink", "teal")
"""Colours of the runs, in their order; further ones begin again."""
ABREAST = 3
"""Runs up to which each has a column; more are rows."""


def show_comparison(comparison: Comparison, stream: TextIO | None = None) -> None:
    """Tables with colours on a terminal, plain lines elsewhere."""
    stream = stream or sys.stdout
    names = [run.name for run in comparison.runs]
    confidence, models = percent(comparison.confidence), _models(comparison)
    tables = [
        *_figures(comparison, "base", "Untouched models"),
        *_figures(comparison, "tuned", f"{models.capitalize()} models"),
        Table("Settings that differ", *_by_run("setting", names, _settings(comparison))),
        Table("Cost of training", *_by_run("", names, _costs(comparison.runs))),
    ]
    show_tables(tables, stream)
    apart = sum(len(group.rows) for group in comparison.rows)
    print(
        f"Differences are to `{names[0]}`, paired by row; * marks those that Holm's procedure finds at "
        f"{confidence} over their main metrics. {apart:,} rows are scored differently, by their main metrics.",
        file=stream,
    )
    if comparison.best:
        print(best_run(comparison), file=stream)


def best_run(comparison: Comparison) -> str:
    """Which run is the best, and by how much, in words."""
    best = comparison.best
    lead = f"{signed(best.difference)} ({percent(comparison.confidence)} interval {_interval(best)})"
    return (
        f"Best by {best.metric}: `{best.run}` with {figure(best.value)}, {lead} against the next, `{best.next}` with "
        f"{figure(best.next_value)}. It was chosen on these rows: on others it does less well, if anything."
    )


def _by_run(
    corner: str, names: Sequence[str], lines: Sequence[tuple[str, list[str]]]
) -> tuple[list[str], list[list[str]]]:
    """Head and rows: a row for each line, or for each of more runs than fit beside each other."""
    if len(names) <= ABREAST or not lines:
        return [corner, *names], [[name, *values] for name, values in lines]
    columns = [values for _, values in lines]
    return ["run", *(name for name, _ in lines)], [list(row) for row in zip(names, *columns, strict=True)]


def _models(comparison: Comparison) -> str:
    """What the runs are about."""
    trained = [run.trained for run in comparison.runs]
    return "tuned" if all(trained) else "tuned and evaluated" if any(trained) else "evaluated"


def _telling(comparison: Comparison) -> list[Line]:
    """Figures without those of untouched models that answered alike."""
    apart = {(group.task, group.split, group.shots, group.phase) for group in comparison.rows if group.rows}
    return [
        line
        for line in comparison.figures
        if line.phase != "base"
        or (line.task, line.split, line.shots, line.phase) in apart
        or any(other.difference != 0 for other in line.against_first)
    ]


def _figures(comparison: Comparison, phase: str, title: str) -> list[Table]:
    """One table with a column for the metric; of more runs than fit beside each other one for each metric."""
    telling = _telling(comparison)
    cut = any(value.cut for line in telling for value in line.values)
    of = ["task", "shots", "metric"]
    head = ["run", "value", f"{percent(comparison.confidence)} interval", "difference", "interval of it"]
    head += ["answers cut"] * cut
    lines = [line for line in telling if line.phase == phase]
    told = [(line, _lines(line, comparison, cut)) for line in lines]
    if len(comparison.runs) > ABREAST:
        return [
            Table(f"{title}: {task_name(line, lines)}, {line.metric}, {counted(line.rows, 'row')}", head, rows)
            for line, rows in told
        ]
    shared = [([line.task, str(line.shots), line.metric], f"{line.rows:,}", rows) for line, rows in told]
    every = [
        [*(which if n == 0 else [""] * len(of)), *row, rows_of if n == 0 else ""]
        for which, rows_of, rows in shared
        for n, row in enumerate(rows)
    ]
    return [Table(title, [*of, *head, "rows"], every)]


def _lines(line: Line, comparison: Comparison, cut: bool) -> list[list[str]]:
    """A row a run."""
    rows = []
    for run, value, other in zip(comparison.runs, line.values, [None, *line.against_first], strict=True):
        against = ["", ""]
        if other is not None:
            against = [signed(other.difference) + ("*" if other.significant else ""), _interval(other)]
        shown = stated(value.low, value.high, value.confidence, comparison.confidence)
        rows.append([run.name, figure(value.value), shown, *against, *[f"{value.cut or 0:,}"] * cut])
    return rows


def write_comparison(comparison: Comparison, path: Path) -> None:
    """The page; one file that needs nothing else."""
    write_atomic(path, comparison_page(comparison))


def comparison_page(comparison: Comparison) -> str:
    styles = [STYLES[n % len(STYLES)] for n in range(len(comparison.runs))]
    names, models = [run.name for run in comparison.runs], _models(comparison)
    styled = [(run.name, style, Path(run.folder)) for run, style in zip(comparison.runs, styles, strict=True)]
    return stacking(
        templates()
        .get_template("compare.html.j2")
        .render(
            runs=comparison.runs,
            styles=styles,
            confidence=percent(comparison.confidence),
            models=models,
            figures=[_figure_line(line, styles, comparison.confidence, models) for line in _telling(comparison)],
            abreast=len(names) <= ABREAST,
            best=comparison.best and best_run(comparison).replace("`", ""),
            curves=list(compared_curves(styled)),
            settings=_by_run("setting", names, _settings(comparison)),
            costs=_by_run("training", names, _costs(comparison.runs)),
            groups=[group for group in comparison.rows if group.rows],
            shown=ROWS,
            more=MORE,
        )
    )


def _figure_line(line: Line, styles: Sequence[str], confidence: float, models: str) -> tuple:
    """The line, its model, values, their strip and one of each, and each difference with its interval and verdict."""
    ends = [end for value in line.values for end in (value.value, value.low, value.high)]
    pairs = [(style, v.value, v.low, v.high) for style, v in zip(styles, line.values, strict=True)]
    model, bars, single = models if line.phase == "tuned" else "untouched", "", [""] * len(pairs)
    if None not in ends:
        low, high = min(0.0, *ends), max(ends)
        bars, single = strip(pairs, low, high), [strip([pair], low, high) for pair in pairs]
    against = [(signed(other.difference), _interval(other), _verdict(other, line)) for other in line.against_first]
    return line, model, [_value(value, confidence) for value in line.values], bars, single, against


def _verdict(other: Against, line: Line) -> str:
    gain = other.difference if line.better == "more" else -other.difference
    return "" if not other.significant else "better" if gain > 0 else "worse"


def _value(value: Value, confidence: float) -> tuple[str, str]:
    """The figure, and what is to be said of it: another interval than the legend says, answers that were cut."""
    said = [] if value.confidence == confidence else [f"{percent(value.confidence)} bar"]
    said += [f"{value.cut:,} cut at the length limit"] if value.cut else []
    return figure(value.value), ", ".join(said)


def _interval(other: Against | Best) -> str:
    return interval(other.low, other.high, signed)


def _costs(runs: Sequence[Run]) -> list[tuple[str, list[str]]]:
    """What was counted in any of the runs."""
    counted = {name: [getattr(run.cost, name) for run in runs] for name in Cost.model_fields}
    return [
        (name.replace("_", " "), [_cost(value) for value in values])
        for name, values in counted.items()
        if any(value is not None for value in values)
    ]


def _cost(value: float | None) -> str:
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def _settings(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """Of long values the part from where they differ."""
    spelt = [(line.setting, line.values) for line in comparison.settings]
    return [(name, excerpts(["not set" if value is None else value for value in values])) for name, values in spelt]
