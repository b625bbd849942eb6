"""Puts examples to a model: free text, closed choices by likelihood, and the reference's own likelihood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import completion_lengths_unknown, no_choices, sampled_beams
from recipe_lang.program.program import Program
from recipe_lang.program.reach import OF_REFERENCES, writes
from recipe_lang.program.task import Task
from runtime.base.seeds import seed
from runtime.data import Examples, Prepared
from runtime.data.example import Example
from runtime.data.table import TokenTable
from runtime.data.tokenizer import Tokenizer
from runtime.evaluate.asked import Asked
from runtime.evaluate.batches import Groups
from runtime.evaluate.generate import Decoding, generate
from runtime.evaluate.likelihood import score
from runtime.evaluate.metrics.labels import likeliest
from runtime.evaluate.predictions import Answered, Choice, Likelihood
from runtime.evaluate.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked: a model, in the words and on the data of a program."""

    program: Program
    model: Any
    tokenizer: Tokenizer
    prepared: Prepared


def decoding_for(subject: Subject, one: Asked) -> Decoding:
    """The task's decoding. A row ends where its training examples end, see `Prepared.stop_ids`."""
    settings, prepared = subject.program.tasks[one.task].generate, subject.prepared
    if settings.beams > 1 and settings.temperature is not None:
        raise Stop(sampled_beams(one.task))
    longest = prepared.answer_length(one.task, one.split)
    if longest is None:
        raise Stop(completion_lengths_unknown(one.task))
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
    task, prompts = subject.program.tasks[one.task], Tokens()
    put: list[_Put] = []
    for row in rows:
        example = examples[row]
        prompts.append(example.prompt_ids)
        choices = _choices(examples, row, example) if task.score == "choose" else Tokens()
        put.append(_Put(example.id, example.completion, example.choices or (), choices))
    answered = [Answered()] * len(put)
    if task.score == "choose":
        answered = _choose(subject, prompts, put, cut, done)
    elif writes(task):
        seeds = [seed(subject.program.seed, "generate", one.task, row.id) for row in put]
        batches = [batch for group in cut for batch in group]
        decoding = decoding_for(subject, one)
        generated = generate(subject.model, subject.tokenizer, prompts, decoding, batches, seeds=seeds, done=done)
        answered = [Answered(text=row.text, ended=row.ended) for row in generated]
    if needs_likelihood(task):
        references = _References(subject.prepared.tokens(one.task, one.split), rows)
        counted = writes(task) or task.score == "choose"
        scored = score(subject.model, prompts, references, cut, done=(lambda *_: None) if counted else done)
        answered = [
            replace(a, likelihood=Likelihood(-s.logprob, s.tokens, s.right, row.completion))
            for a, (s,), row in zip(answered, scored, put, strict=True)
        ]
    return answered


class _References(Sequence[list[list[int]]]):
    """Tokens of each row's reference, stop token included, read from the mapped table as they are asked for."""

    def __init__(self, table: TokenTable, rows: Sequence[int]) -> None:
        self._table, self._rows = table, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> list[list[int]]:  # type: ignore[override]
        row = self._rows[index]
        return [self._table[row][0][int(self._table.starts[row]) :].tolist()]


def stated(subject: Subject, one: Asked) -> dict[str, Any]:
    """How a task is asked, as `results.json` states it."""
    task = subject.program.tasks[one.task]
    if not writes(task):
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


def needs_likelihood(task: Task) -> bool:
    return any(call.name in OF_REFERENCES for call in task.metrics)


@dataclass(frozen=True, slots=True)
class _Put:
    """What is kept of an example while its answer is awaited."""

    id: str
    completion: str
    choices: tuple[str, ...]
    tokens: Tokens
    """Of each choice."""


def _choices(examples: Examples, row: int, example: Example) -> Tokens:
    """Choices are tokenised as completions are."""
    if not example.choices:
        raise Stop(no_choices(example.task, example.template, example.id))
    return Tokens(examples.answer_ids(row, example.choices))


def _choose(
    subject: Subject, prompts: Tokens, put: Sequence[_Put], cut: Groups, done: Callable[[int, int], None]
) -> list[Answered]:
    """Closed choices: the likeliest by the sum over its tokens."""
    scored = score(subject.model, prompts, [row.tokens for row in put], cut, done=done)
    found = []
    for row, own in zip(put, scored, strict=True):
        choices = tuple(Choice(text, s.logprob, s.tokens) for text, s in zip(row.choices, own, strict=True))
        found.append(Answered(text=choices[likeliest(choices)].text, choices=choices))
    return found
