"""One `evaluate` block in one phase: rows are asked, scored, written, and summed up in entries of `results.json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import answer_not_in_reference
from recipe_lang.program.document import Plan
from recipe_lang.program.program import Evaluate, Program, Task
from runtime.base.progress import Progress
from runtime.base.seeds import seed
from runtime.data import Examples, Prepared
from runtime.data.example import Example
from runtime.data.tokenizer import Tokenizer
from runtime.evaluate.answers import answer
from runtime.evaluate.ask import Answered, ask, decoding_for, needs_text
from runtime.evaluate.asked import Asked, asked, limit_for, sample
from runtime.evaluate.batches import Asking, groups
from runtime.evaluate.precision import computing
from runtime.evaluate.predictions import Prediction, file_name, write
from runtime.evaluate.score import figures, metrics_of, statistics_of, with_scores


def evaluate_block(
    plan: Plan,
    block: Evaluate,
    phase: str,
    model: Any,
    prepared: Prepared,
    tokenizer: Tokenizer,
    run_folder: Path,
    *,
    progress: Progress,
) -> list[dict[str, Any]]:
    """See `runtime.evaluate.evaluate`."""
    program, entries = plan.program, []
    with computing(model, block.precision or program.models[block.model].precision) as precision:
        for one in asked(program, block, phase, prepared.facts):
            task = program.tasks[one.task]
            predictions, how = _predictions(program, block, phase, one, model, prepared, tokenizer, progress)
            metrics = metrics_of(task)
            statistics = statistics_of(metrics, predictions)
            path = file_name(one.task, one.split, phase, one.shots)
            write(run_folder / path, with_scores(metrics, statistics, predictions))
            head = {"block": block.name, "task": one.task, "split": one.split, "phase": phase, "shots": one.shots}
            name = f"{one.task}/{one.split}"
            found = figures(task, predictions, statistics, confidence=block.confidence, root=program.seed, name=name)
            entries.append(head | found | {"predictions": path, "how": how | {"precision": precision}})
    return entries


def _predictions(
    program: Program,
    block: Evaluate,
    phase: str,
    one: Asked,
    model: Any,
    prepared: Prepared,
    tokenizer: Tokenizer,
    progress: Progress,
) -> tuple[list[Prediction], dict[str, Any]]:
    """Every row's prediction, draw by draw, and how they came about."""
    task = program.tasks[one.task]
    every = _examples(prepared, task, one)
    rows = sample(every, limit_for(block, one.task), seed(program.seed, "evaluate", one.task, one.split))
    cut = groups(_askings(program, block, one, prepared, tokenizer, rows))
    found: list[Prediction] = []
    how: dict[str, Any] = {}
    name = f"{one.task} ({phase}" + (f", {one.shots} shots)" if one.shots else ")")
    with progress.task(name, total=len(rows) * one.draws, unit="rows") as bar:
        for draw in range(one.draws):
            examples = _examples(prepared, task, one, draw)
            answered, how = ask(
                program, one, examples, rows, cut, model, prepared, tokenizer, lambda rows, _: bar.advance(rows)
            )
            found += [_prediction(task, examples[row], a, draw) for row, a in zip(rows, answered, strict=True)]
    return found, how


def _examples(prepared: Prepared, task: Task, one: Asked, draw: int = 0) -> Examples:
    """Rows keep their places, whatever the number of exemplars and the draw."""
    if task.few_shot.shots == [one.shots] and draw == 0:
        return prepared.examples(one.task, one.split)
    return prepared.examples(one.task, one.split, shots=one.shots, draw=draw)


def _askings(
    program: Program, block: Evaluate, one: Asked, prepared: Prepared, tokenizer: Tokenizer, rows: Sequence[int]
) -> list[Asking]:
    """Each row with its longest prompt among all that the block asks of it, in whatever phase and with however many
    exemplars: the same batches serve base, tuned and every number of shots."""
    task = program.tasks[one.task]
    shots = {one.shots, *task.few_shot.shots, *(block.shots if block.start else ())}
    every = [_examples(prepared, task, replace(one, shots=number)) for number in sorted(shots)]
    longest = [max((examples[row].prompt_ids for examples in every), key=len) for row in rows]
    new = decoding_for(program, one, prepared, tokenizer).max_new_tokens if needs_text(task) else 0
    return [Asking(prompt, len(prompt) + new if new else 2 * len(prompt)) for prompt in longest]


def _prediction(task: Task, example: Example, answered: Answered, draw: int) -> Prediction:
    expected = []
    for reference in example.references:
        found = answer(task.answer, reference)
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
        answer=answer(task.answer, answered.text),
        expected=tuple(expected),
        draw=draw,
        exemplars=example.exemplars,
        ended=answered.ended,
        choices=answered.choices,
        likelihood=answered.likelihood,
        slices=example.slices,
    )
