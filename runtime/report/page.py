"""`report.html`: one page that needs nothing else, made of a run folder's own files."""

from __future__ import annotations

import re
from itertools import chain, repeat
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from recipe_lang.diagnostics.render.visible import harmless
from recipe_lang.program.document import Plan
from recipe_lang.program.results import Results
from runtime.base.files import write_atomic
from runtime.report import curves, figures, summary
from runtime.report.classes import classes
from runtime.report.numbers import figure, headed, interval, percent, phase_name, signed, stated
from runtime.report.rows import side_by_side


def write_page(plan: Plan, results: Results, folder: Path) -> None:
    """Reads `metrics.jsonl` and `predictions/` of the run folder; writes atomically."""
    write_atomic(folder / "report.html", page(plan, results, folder))


def page(plan: Plan, results: Results, folder: Path) -> str:
    steps = curves.read_steps(folder)
    return stacking(
        templates()
        .get_template("report.html.j2")
        .render(
            plan=plan,
            program=plan.program,
            confidence=percent(headed(results)),
            results=results,
            changes=list(figures.before_and_after(results)),
            loss=curves.loss_curve(steps),
            rates=curves.rate_curve(steps),
            validations=curves.validation_curves(folder),
            curves=list(curves.progress_curves(results)),
            shots=list(figures.exemplars_against_tuning(results)),
            drops=figures.drops(results),
            divisions=figures.parts_of_tasks(results),
            classes=list(classes(results, folder)),
            tasks=side_by_side(results, folder),
            settings=summary.settings(plan, results, steps),
            datasets=summary.datasets(plan),
        )
    )


_TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
_HEAD = re.compile(r'<th(?:[^>]*data-label="([^"]*)")?[^>]*>(.*?)</th>')
_CELL = re.compile(r"<(t[hd])\b")


def stacking(html: str) -> str:
    """Names each cell of wide tables by its column: on a phone a row is a list of them."""
    return _TABLE.sub(lambda table: _named(table.group()), html)


def _named(table: str) -> str:
    head, end, body = table.partition("</thead>")
    names = [label or text for label, text in _HEAD.findall(head.rpartition("<tr>")[2])]
    if len(names) < 3 or 'class="matrix' in head:
        return table
    rows = []
    for row in body.split("</tr>"):
        left = chain(names, repeat(""))
        rows.append(_CELL.sub(lambda cell, left=left: f'<{cell[1]} data-label="{next(left)}"', row))
    return head.replace("<table", '<table data-stack=""', 1) + end + "</tr>".join(rows)


def templates() -> Environment:
    """The pages shipped with the package; everything put into HTML is escaped."""
    environment = Environment(
        loader=PackageLoader("runtime.report", "templates"),
        autoescape=lambda name: name is not None and name.endswith((".html.j2", ".css")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=harmless,
    )
    environment.filters |= {"figure": figure, "percent": percent, "signed": signed}
    shown = (stated, headed, interval, signed, phase_name, figures.exemplars, figures.extent, figures.remarks)
    environment.globals |= {function.__name__: function for function in shown}
    return environment
