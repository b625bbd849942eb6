"""Whether references can be scored, before any model is asked or trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems import scores as problems
from recipe_lang.program.predictions import Choice, Likelihood, Prediction
from recipe_lang.program.program import Program
from recipe_lang.program.reach import writes
from recipe_lang.program.task import Task
from runtime.data import Example, Prepared
from runtime.evaluate.answers import answer
from runtime.evaluate.asked import asked, rows_for
from runtime.evaluate.predictions import Answered, direct, prediction_of
from runtime.evaluate.score import metrics_of, statistics_of


def reference_problems(program: Program, prepared: Prepared) -> list[Diagnostic]:
    """What is wrong with each task's references (IFT852, IFT853) or doubtful of them (IFT864, IFT877, IFT878): the rows
    of every evaluation are scored as if a model had said nothing."""
    found: dict[str, tuple[Diagnostic, ...]] = {}
    for block in program.evaluations:
        phases = ["base"] * (block.start or block.end) + ["between"] * bool(block.every)
        for one in (one for phase in phases for one in asked(program, block, phase, prepared.facts)):
            task, examples = program.tasks[one.task], prepared.examples(one.task, one.split)
            try:
                rows = (examples[row] for row in rows_for(program, block, one.task, examples))
                silent = [prediction_of(program, row, _nothing(row, task.score)) for row in rows]
                statistics_of(metrics_of(task), silent)
                found.setdefault(one.task, tuple(_doubts(one.task, task, direct(silent))))
            except Stop as stop:
                found[one.task] = stop.diagnostics
    return [diagnostic for own in found.values() for diagnostic in own]


def _doubts(name: str, task: Task, rows: Sequence[Prediction]) -> Iterator[Diagnostic]:
    for spelling, metric in metrics_of(task).items():
        if metric.blind is not None and (unseen := metric.blind(rows)):
            yield problems.unseen_by_metric(name, spelling, unseen, len(rows))
    for stop in task.generate.stop if writes(task) else ():
        if cut := sum(any(_cut(task, text, stop) for text in p.references) for p in rows):
            yield problems.stop_in_references(name, stop, cut, len(rows))
    if equal := sum(len({c.text.strip() for c in p.choices}) < len(p.choices) for p in rows):
        yield problems.equal_choices(name, equal, len(rows))


def _cut(task: Task, reference: str, stop: str) -> bool:
    """Whether an answer that says all of the reference would be ended by the stop text before what counts of it."""
    written, _, _ = reference.partition(stop)
    wanted, found = answer(task.answer, reference), answer(task.answer, written)
    return found is None or wanted is None or found.strip() != wanted.strip()


def _nothing(example: Example, score: str) -> Answered:
    choices = example.choices or () if score == "choose" else ()
    return Answered(
        choices=tuple(Choice(text, 0.0, 1) for text in choices), likelihood=Likelihood(0.0, 1, 0, example.completion)
    )
