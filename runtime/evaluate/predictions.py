"""What a model answered to each row: made of its examples, written, read, and told apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import answer_not_in_reference
from recipe_lang.program.predictions import AS_JSON, Choice, Likelihood, Prediction
from recipe_lang.program.program import Program
from runtime.base.records import read_lines
from runtime.evaluate.answers import answer

if TYPE_CHECKING:
    from runtime.data import Example


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model says to an example."""

    __pydantic_config__ = AS_JSON

    text: str = ""
    ended: Literal["stop", "length"] | None = None
    choices: tuple[Choice, ...] = ()
    likelihood: Likelihood | None = None


def prediction_of(program: Program, example: Example, answered: Answered, draw: int = 0) -> Prediction:
    """An example with what a model said to it. The task's `answer` is not for inverted templates that stand beside
    others.

    Raises `Stop` (IFT853) where it finds nothing in a reference.
    """
    task = program.tasks[example.task]
    inverted = program.templates[example.template].inverted
    apart = inverted and not all(program.templates[name].inverted for name in task.templates)
    rule = None if apart else task.answer
    expected = []
    for reference in example.references:
        found = answer(rule, reference)
        if found is None:
            raise Stop(answer_not_in_reference(example.task, example.id, reference))
        expected.append(found)
    return Prediction(
        id=example.id,
        template=example.template,
        group=example.group,
        draw=draw,
        exemplars=example.exemplars,
        prompt=example.prompt,
        references=example.references,
        text=answered.text,
        answer=answer(rule, answered.text),
        expected=tuple(expected),
        slices=example.slices,
        scores={},
        inverted=inverted,
        ended=answered.ended,
        choices=answered.choices,
        likelihood=answered.likelihood,
    )


def file_name(task: str, split: str, phase: str, shots: int) -> str:
    """Relative to the run folder, with `/`."""
    return f"predictions/{task}.{split}.{phase}.{shots}-shot.jsonl"


def direct(predictions: Sequence[Prediction]) -> list[Prediction]:
    """Those that a task's figures are made of: without inverted templates, unless it has no others."""
    return [p for p in predictions if not p.inverted] or list(predictions)


def by_draw(predictions: Sequence[Prediction], rows: Iterable[int] | None = None) -> list[list[int]]:
    """Places of the predictions (or of `rows` among them) of each draw of exemplars."""
    found: dict[int, list[int]] = {}
    for row in range(len(predictions)) if rows is None else rows:
        found.setdefault(predictions[row].draw, []).append(row)
    return [found[draw] for draw in sorted(found)]


def read(path: Path) -> list[Prediction]:
    """All that was asked; see `direct`. Raises `Stop` (IFT870) where the file is not what a run wrote."""
    return read_lines(path.parent.parent, f"predictions/{path.name}", Prediction)
