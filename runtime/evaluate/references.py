"""Whether references can be scored, before any model is asked or trained."""

from __future__ import annotations

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.program.predictions import Choice, Likelihood
from recipe_lang.program.program import Program
from runtime.data import Example, Prepared
from runtime.evaluate.asked import asked, rows_for
from runtime.evaluate.predictions import Answered, prediction_of
from runtime.evaluate.score import metrics_of, statistics_of


def reference_problems(program: Program, prepared: Prepared) -> list[Diagnostic]:
    """What is wrong with each task's references (IFT852, IFT853): the rows of every evaluation are scored as if a model
    had said nothing."""
    found: dict[str, tuple[Diagnostic, ...]] = {}
    for block in program.evaluations:
        phases = ["base"] * (block.start or block.end) + ["between"] * bool(block.every)
        for one in (one for phase in phases for one in asked(program, block, phase, prepared.facts)):
            task, examples = program.tasks[one.task], prepared.examples(one.task, one.split)
            try:
                rows = (examples[row] for row in rows_for(program, block, one.task, examples))
                silent = [prediction_of(program, row, _nothing(row, task.score)) for row in rows]
                statistics_of(metrics_of(task), silent)
            except Stop as stop:
                found[one.task] = stop.diagnostics
    return [diagnostic for own in found.values() for diagnostic in own]


def _nothing(example: Example, score: str) -> Answered:
    choices = example.choices or () if score == "choose" else ()
    return Answered(
        choices=tuple(Choice(text, 0.0, 1) for text in choices), likelihood=Likelihood(0.0, 1, 0, example.completion)
    )
