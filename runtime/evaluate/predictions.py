"""What a model answered to each row, as scored and as written: `predictions/TASK.SPLIT.PHASE.N-shot.jsonl`.

A line holds everything that the figures are made of, so that anyone can recompute them from the file alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import answer_not_in_reference, not_a_run
from recipe_lang.program.program import Program
from runtime.base.files import write_atomic
from runtime.evaluate.answers import answer

if TYPE_CHECKING:
    from runtime.data import Example


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a row's closed answers: its log-likelihood after the prompt, in nats, and its lengths."""

    text: str
    logprob: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The completion under the model: negative log-likelihood in nats, and how many of its tokens were the top one.

    It is the row's own text, which need not be among the references.
    """

    nll: float
    tokens: int
    right: int
    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model says to an example."""

    text: str = ""
    ended: str | None = None
    choices: tuple[Choice, ...] = ()
    likelihood: Likelihood | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    id: str
    """Of the example: the row and its template. Phases pair by it."""
    template: str
    group: str
    """Rows of one group are resampled together."""
    prompt: str
    references: tuple[str, ...]
    text: str
    """The generated text, or the likeliest choice."""
    answer: str | None
    """What the task's answer rule took out of `text`; None where it matched nothing."""
    expected: tuple[str, ...]
    """The same, taken out of each reference."""
    draw: int = 0
    inverted: bool = False
    """Of a template that asks for the input and gives the output: another task, kept out of this one's figures."""
    exemplars: int = 0
    """Exemplars in the prompt, after those dropped for length."""
    ended: str | None = None
    """What ended the generation: `stop` or `length`."""
    choices: tuple[Choice, ...] = ()
    likelihood: Likelihood | None = None
    slices: dict[str, str] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)


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
        prompt=example.prompt,
        references=example.references,
        text=answered.text,
        answer=answer(rule, answered.text),
        expected=tuple(expected),
        draw=draw,
        inverted=inverted,
        exemplars=example.exemplars,
        ended=answered.ended,
        choices=answered.choices,
        likelihood=answered.likelihood,
        slices=example.slices,
    )


def to_json(prediction: Prediction) -> dict[str, object]:
    """A line of the file; what does not apply to the task is left out."""
    line: dict[str, object] = {
        "id": prediction.id,
        "template": prediction.template,
        "group": prediction.group,
        "draw": prediction.draw,
        "exemplars": prediction.exemplars,
        "prompt": prediction.prompt,
        "reference": prediction.references[0] if prediction.references else "",
        "references": list(prediction.references),
        "prediction": prediction.text,
        "answer": prediction.answer,
        "expected": list(prediction.expected),
        "slices": prediction.slices,
        "scores": prediction.scores,
    }
    if prediction.inverted:
        line["inverted"] = True
    return line | _how_it_came(prediction)


def from_json(line: dict) -> Prediction:
    answered = answered_from_json(line | {"text": line["prediction"]})
    return Prediction(
        id=line["id"],
        template=line["template"],
        group=line["group"],
        prompt=line["prompt"],
        references=tuple(line["references"]),
        text=answered.text,
        answer=line["answer"],
        expected=tuple(line["expected"]),
        draw=line["draw"],
        inverted=line.get("inverted", False),
        exemplars=line["exemplars"],
        ended=answered.ended,
        choices=answered.choices,
        likelihood=answered.likelihood,
        slices=line["slices"],
        scores=line["scores"],
    )


def answered_to_json(answered: Answered) -> dict[str, object]:
    """What does not apply to the task is left out."""
    return {"text": answered.text} | _how_it_came(answered)


def _how_it_came(answered: Answered | Prediction) -> dict[str, object]:
    line: dict[str, object] = {}
    if answered.ended is not None:
        line["ended"] = answered.ended
    if answered.choices:
        line["choices"] = [asdict(choice) for choice in answered.choices]
    if answered.likelihood is not None:
        line["likelihood"] = asdict(answered.likelihood)
    return line


def answered_from_json(line: dict) -> Answered:
    found = line.get("likelihood")
    return Answered(
        text=line["text"],
        ended=line.get("ended"),
        choices=tuple(Choice(**choice) for choice in line.get("choices", ())),
        likelihood=Likelihood(**found) if found else None,
    )


def file_name(task: str, split: str, phase: str, shots: int) -> str:
    """Relative to the run folder, with `/`."""
    return f"predictions/{task}.{split}.{phase}.{shots}-shot.jsonl"


def write(path: Path, predictions: Iterable[Prediction]) -> None:
    """Atomically; one line a prediction, in the order given."""
    lines = [json.dumps(to_json(p), ensure_ascii=False, separators=(",", ":")) for p in predictions]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, "".join(line + "\n" for line in lines))


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
    try:
        with path.open(encoding="utf-8") as lines:
            return [from_json(json.loads(line)) for line in lines]
    except FileNotFoundError as error:
        raise Stop(not_a_run(str(path.parent.parent), f"there is no `predictions/{path.name}` in it")) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Stop(not_a_run(str(path.parent.parent), f"its `predictions/{path.name}` is damaged")) from error
