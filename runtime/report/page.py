"""`report.html`: one page that needs nothing else, made of a run folder's own files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from recipe_lang.program.document import Plan
from runtime.base.files import write_atomic
from runtime.report import curves, figures, summary
from runtime.report.numbers import figure, headed, percent, phase_name, stated
from runtime.report.rows import by_id, compared, confusion, read_predictions, side_by_side


def write_page(plan: Plan, results: Mapping[str, Any], folder: Path) -> None:
    """Reads `metrics.jsonl` and `predictions/` of the run folder; writes atomically."""
    write_atomic(folder / "report.html", page(plan, results, folder))


def page(plan: Plan, results: Mapping[str, Any], folder: Path) -> str:
    steps = curves.read_steps(folder)
    return (
        templates()
        .get_template("report.html.j2")
        .render(
            plan=plan,
            program=plan.program,
            confidence=percent(headed(results)),
            results=results,
            phase=lambda phase: phase_name(phase, results),
            changes=figures.before_and_after(results),
            measured=figures.measured(results),
            loss=curves.loss_curve(steps),
            validations=curves.validation_curves(curves.read_steps(folder, "validation.jsonl")),
            curves=curves.progress_curves(results),
            shots=figures.exemplars_against_tuning(results),
            forgetting=figures.forgetting(results),
            divisions=figures.parts_of_tasks(results),
            confusions=_confusions(results, folder),
            tasks=side_by_side(results, folder),
            settings=summary.settings(plan, results, steps),
            datasets=summary.datasets(plan),
            groups=results["groups"],
        )
    )


def templates() -> Environment:
    """The pages shipped with the package; everything put into HTML is escaped."""
    environment = Environment(
        loader=PackageLoader("runtime.report", "templates"),
        autoescape=lambda name: name is not None and name.endswith((".html.j2", ".css")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"figure": figure, "percent": percent}
    environment.globals |= {"stated": stated, "headed": headed}
    return environment


def _confusions(results: Mapping[str, Any], folder: Path) -> list[dict[str, Any]]:
    found = []
    for _, before, after in compared(results):
        for entry in (before, after):
            if entry is not None:
                rows = by_id(read_predictions(folder / entry["predictions"]))
                found.append(confusion(entry, list(rows.values())))
    return [one for one in found if one is not None]
