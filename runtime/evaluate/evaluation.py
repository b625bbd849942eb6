"""One `evaluate` block in one phase: rows are asked, scored, written, and summed up in entries of `results.json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.fitting import out_of_memory_evaluating
from recipe_lang.diagnostics.problems.wording import counted
from recipe_lang.program.document import Plan
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.predictions import Prediction
from recipe_lang.program.reach import asked_shots, writes
from recipe_lang.program.results import Batches, Evaluation, Noise
from runtime.base.hashes import code_sha256
from runtime.base.progress import Progress, Task
from runtime.base.records import write_lines
from runtime.data import Examples, Prepared
from runtime.evaluate.ask import ask
from runtime.evaluate.asked import Asked, asked, rows_for
from runtime.evaluate.batches import USUAL, Asking, Groups, Limits, asking, groups, otherwise
from runtime.evaluate.kept import Kept
from runtime.evaluate.precision import computing
from runtime.evaluate.predictions import Answered, prediction_of
from runtime.evaluate.questions import Questions, Subject, decoding_for, how, questions
from runtime.evaluate.score import evaluation, metrics_of, noise, statistics_of, with_scores
from runtime.evaluate.share import ALONE, Share
from runtime.models.environment import describe_environment
from runtime.models.memory import if_it_fits

Answers = dict[tuple[int, int], Answered]
"""(draw, place among the rows) → answer."""


def evaluate(
    plan: Plan,
    block: Evaluate,
    phase: str,
    model: Any,
    prepared: Prepared,
    run_folder: Path,
    *,
    progress: Progress,
    share: Share = ALONE,
    kept: Kept | None = None,
) -> list[Evaluation]:
    """What one block comes to in one phase (`base`, `tuned`, `step-N`); predictions are written.

    `kept` holds what these weights have answered before. Processes that share the work all call it; the first one gets
    the evaluations, the others none. Raises Stop for what a recipe's author can mend.
    """
    program, tokenizer, entries = plan.program, prepared.tokenizers[block.model], []
    with computing(model, block.precision or program.models[block.model].precision) as precision:
        if kept is not None:
            here = describe_environment(model.device, precision)
            read = [tokenizer.file_hash, tokenizer.named]
            kept = replace(kept, of={**kept.of, "environment": here, "tokenizer": read, "code": _code()})
        subject = Subject(program, model, tokenizer, prepared, kept)
        for one in asked(program, block, phase, prepared.facts):
            task = program.tasks[one.task]
            places = rows_for(program, block, one.task, _examples(subject, one))
            rows = Rows(subject, one, places, *_seen(subject, block, one, places), progress, share)
            predictions, batches = _predictions(rows, phase, USUAL.beams(task.generate.beams))
            moved = _noise(rows, predictions, batches) if block.noise and phase == "base" else None
            if share.process:
                continue
            metrics = metrics_of(task)
            statistics = statistics_of(metrics, predictions)
            asking = {"how": how(subject, one, batches, precision), "tokenizer": tokenizer.file_hash, "noise": moved}
            entries.append(evaluation(program, block, one, phase, predictions, statistics, **asking))
            write_lines(run_folder / entries[-1].predictions, with_scores(metrics, statistics, predictions))
    return entries


def _code() -> str:
    return code_sha256(("runtime/evaluate", "runtime/models"), ("tokenizers",))


@dataclass(frozen=True, slots=True)
class Rows:
    """Who is asked what, and on which rows."""

    subject: Subject
    one: Asked
    places: Sequence[int]
    askings: Sequence[Asking]
    """The rows as batching sees them."""
    around: Sequence[tuple[str, str]]
    """What stands around an answer of any of them: whichever rows a process gets, it cuts answers as all do."""
    progress: Progress
    share: Share


def _predictions(rows: Rows, phase: str, limits: Limits) -> tuple[list[Prediction], Batches]:
    """Every row's prediction, draw by draw, and the batches that they stood in. The limits of a batch are halved where
    memory does not last. Raises `Stop` (IFT753) where it does not for single rows."""
    while True:
        cut = groups(rows.askings, limits)
        answers = rows.share.together(if_it_fits(partial(_answers, rows, phase, rows.share.batches(cut))))
        if answers is not None:
            return _in_order(rows, answers), Batches(tokens=limits.tokens, rows=limits.rows, count=sum(map(len, cut)))
        if all(len(batch) == 1 for group in cut for batch in group):
            raise Stop(out_of_memory_evaluating(rows.one.task, limits.tokens), exit_code=4)
        limits = limits.halved()


def _noise(rows: Rows, predictions: Sequence[Prediction], used: Batches) -> Noise | None:
    """The same model again, its rows in other batches; None where each was a batch of its own."""
    other = otherwise(rows.askings, Limits(used.tokens, used.rows))
    if other is None:
        return None
    again, batches = _predictions(rows, "noise", other)
    return noise(metrics_of(rows.subject.program.tasks[rows.one.task]), predictions, again, batches.count)


def _answers(rows: Rows, phase: str, cut: Groups) -> Answers:
    """What the model says to the rows of these batches, in each draw."""
    subject, one = rows.subject, rows.one
    places = [place for group in cut for batch in group for place in batch]
    numbers = {place: number for number, place in enumerate(places)}
    numbered = [[[numbers[place] for place in batch] for batch in group] for group in cut]
    found: Answers = {}
    name = f"{one.task} ({phase}" + (f", {counted(one.shots, 'shot')})" if one.shots else ")")
    with rows.progress.task(name, total=len(places) * one.draws, unit="rows") as bar:
        for draw in range(one.draws):
            those = [rows.places[place] for place in places]
            asked = questions(subject, one, _examples(subject, one, draw), those, rows.around)
            answered = _answers_to(subject, asked, numbered, bar)
            found |= {(draw, place): answer for place, answer in zip(places, answered, strict=True)}
    return found


def _answers_to(subject: Subject, asked: Questions, cut: Groups, bar: Task) -> list[Answered]:
    """Asked where nothing has been kept of it."""
    if subject.kept is None:
        return ask(subject, asked, cut, bar.advance)
    digest = asked.digest(cut)
    if answers := subject.kept.read(digest, len(asked.puts)):
        bar.advance(len(answers), kept=len(answers))
        return answers
    answers = ask(subject, asked, cut, bar.advance)
    subject.kept.write(digest, answers)
    return answers


def _in_order(rows: Rows, answers: Answers) -> list[Prediction]:
    found, program = [], rows.subject.program
    for draw in range(rows.one.draws):
        examples = _examples(rows.subject, rows.one, draw)
        found += [prediction_of(program, examples[row], answers[draw, n], draw) for n, row in enumerate(rows.places)]
    return found


def _examples(subject: Subject, one: Asked, draw: int = 0) -> Examples:
    """Rows keep their places, whatever the number of exemplars and the draw."""
    if subject.program.tasks[one.task].few_shot.shots == [one.shots] and draw == 0:
        return subject.prepared.examples(one.task, one.split)
    return subject.prepared.examples(one.task, one.split, shots=one.shots, draw=draw)


def _seen(
    subject: Subject, block: Evaluate, one: Asked, rows: Sequence[int]
) -> tuple[list[Asking], list[tuple[str, str]]]:
    """Each row with its longest prompt among all that the block asks of it, in whatever phase and with however many
    exemplars: the same batches serve base, tuned and every number of shots. And what stands around their answers."""
    task = subject.program.tasks[one.task]
    shots = {one.shots, *asked_shots(block, subject.program, one.task, base=block.start)}
    every = [_examples(subject, replace(one, shots=number)) for number in sorted(shots)]
    new = decoding_for(subject, one).max_new_tokens if writes(task) else 0
    found, around = [], set()
    for row in rows:
        asked = [examples[row] for examples in every]
        around |= {example.around for example in asked}
        prompt = max((example.prompt_ids for example in asked), key=len)
        found.append(asking(prompt, task.generate.beams * (len(prompt) + new) if new else 2 * len(prompt)))
    return found, sorted(around - {("", "")})
