"""`report.html`: one page that needs nothing else, made of a run folder's own files."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

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
    return (
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


def templates() -> Environment:
    """The pages shipped with the package; everything put into HTML is escaped."""
    environment = Environment(
        loader=PackageLoader("runtime.report", "templates"),
        autoescape=lambda name: name is not None and name.endswith((".html.j2", ".css")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"figure": figure, "percent": percent, "signed": signed}
    shown = (stated, headed, interval, signed, phase_name, figures.exemplars, figures.extent, figures.remarks)
    environment.globals |= {function.__name__: function for function in shown}
    return environment
