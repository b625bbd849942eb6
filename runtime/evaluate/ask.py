"""Puts examples to a model: free text, closed choices by likelihood, and the reference's own likelihood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import completion_lengths_unknown, no_choices, sampled_beams
from recipe_lang.program.program import Program
from recipe_lang.program.task import Task
from runtime.base.seeds import seed
from runtime.data import Examples, Prepared
from runtime.data.example import Example
from runtime.data.tokenizer import Tokenizer
from runtime.evaluate.asked import Asked
from runtime.evaluate.batches import Groups
from runtime.evaluate.generate import Decoding, generate
from runtime.evaluate.likelihood import score
from runtime.evaluate.metrics import NEED_LIKELIHOOD
from runtime.evaluate.metrics.labels import likeliest
from runtime.evaluate.predictions import Choice, Likelihood


@dataclass(frozen=True, slots=True)
class Answered:
    text: str = ""
    ended: str | None = None
    choices: tuple[Choice, ...] = ()
    likelihood: Likelihood | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked: a model, in the words and on the data of a program."""

    program: Program
    model: Any
    tokenizer: Tokenizer
    prepared: Prepared


def decoding_for(subject: Subject, one: Asked) -> Decoding:
    """The task's decoding; without a length of its own, the 99th percentile of its training completions.

    A row ends where its training examples end, see `Prepared.stop_ids`.
    """
    settings, prepared = subject.program.tasks[one.task].generate, subject.prepared
    if settings.beams > 1 and settings.temperature is not None:
        raise Stop(sampled_beams(one.task))
    longest = settings.max_new_tokens
    if longest is None:
        splits = prepared.facts.tasks[one.task]
        lengths = next(
            (s.completion_lengths for s in (splits.get("train"), splits[one.split]) if s and s.completion_lengths), None
        )
        if lengths is None:
            raise Stop(completion_lengths_unknown(one.task))
        longest = lengths.p99
    return Decoding(
        max_new_tokens=longest,
        stop_ids=tuple(prepared.stop_ids(one.task)),
        stop_texts=tuple(settings.stop),
        temperature=settings.temperature,
        top_p=settings.top_p,
        beams=settings.beams,
    )


def ask(
    subject: Subject,
    one: Asked,
    examples: Examples,
    rows: Sequence[int],
    cut: Groups,
    done: Callable[[int, int], None],
) -> list[Answered]:
    """What the model says to each of `rows` (places in `examples`). `cut` are the batches, as places in `rows`."""
    task, asked = subject.program.tasks[one.task], [examples[row] for row in rows]
    prompts = [example.prompt_ids for example in asked]
    answered = [Answered()] * len(asked)
    if task.score == "choose":
        answered = _choose(subject, examples, rows, asked, cut, done)
    elif needs_text(task):
        seeds = [seed(subject.program.seed, "generate", one.task, example.id) for example in asked]
        batches = [batch for group in cut for batch in group]
        decoding = decoding_for(subject, one)
        generated = generate(subject.model, subject.tokenizer, prompts, decoding, batches, seeds=seeds, done=done)
        answered = [Answered(text=row.text, ended=row.ended) for row in generated]
    if needs_likelihood(task):
        references = [[tokens] for tokens in _references(subject.prepared, one, rows)]
        counted = needs_text(task) or task.score == "choose"
        scored = score(subject.model, prompts, references, cut, done=(lambda *_: None) if counted else done)
        answered = [
            replace(a, likelihood=Likelihood(-s.logprob, s.tokens, s.right, example.completion))
            for a, (s,), example in zip(answered, scored, asked, strict=True)
        ]
    return answered


def stated(subject: Subject, one: Asked) -> dict[str, Any]:
    """How a task is asked, as `results.json` states it."""
    task = subject.program.tasks[one.task]
    if not needs_text(task):
        return {"score": task.score}
    decoding = decoding_for(subject, one)
    return {
        "score": task.score,
        "max_new_tokens": decoding.max_new_tokens,
        "stop": list(decoding.stop_texts),
        "stop_ids": list(decoding.stop_ids),
        "temperature": decoding.temperature,
        "top_p": decoding.top_p,
        "beams": decoding.beams,
    }


def needs_text(task: Task) -> bool:
    """Whether a metric reads what the model writes."""
    return task.score == "generate" and any(call.name not in NEED_LIKELIHOOD for call in task.metrics)


def needs_likelihood(task: Task) -> bool:
    return any(call.name in NEED_LIKELIHOOD for call in task.metrics)


def _choose(
    subject: Subject,
    examples: Examples,
    rows: Sequence[int],
    asked: Sequence[Example],
    cut: Groups,
    done: Callable[[int, int], None],
) -> list[Answered]:
    """Closed choices: the likeliest by the sum over its tokens. Choices are tokenised as completions are."""
    for example in asked:
        if not example.choices:
            raise Stop(no_choices(example.task, example.template, example.id))
    answers = [examples.answer_ids(row, example.choices) for row, example in zip(rows, asked, strict=True)]
    scored = score(subject.model, [example.prompt_ids for example in asked], answers, cut, done=done)
    found = []
    for example, own in zip(asked, scored, strict=True):
        choices = tuple(Choice(text, s.logprob, s.tokens) for text, s in zip(example.choices, own, strict=True))
        found.append(Answered(text=choices[likeliest(choices)].text, choices=choices))
    return found


def _references(prepared: Prepared, one: Asked, rows: Sequence[int]) -> list[list[int]]:
    """Tokens of the references, stop token included."""
    table = prepared.tokens(one.task, one.split)
    return [table[row][0][int(table.starts[row]) :].tolist() for row in rows]
