"""Examples as they are put to a model: tokens of prompts, choices and references, and how answers are made."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any, Literal

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import completion_lengths_unknown, no_choices, sampled_beams
from recipe_lang.program.program import Program
from recipe_lang.program.reach import writes
from recipe_lang.program.results import Batches, Decoded, How
from runtime.base.seeds import seed
from runtime.data import Example, Examples, Prepared
from runtime.data.tables.table import TokenTable
from runtime.data.tokenizer.tokenizer import Tokenizer
from runtime.evaluate.asked import Asked
from runtime.evaluate.batches import Groups
from runtime.evaluate.generate import Decoding
from runtime.evaluate.kept import Kept


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked: a model, in the words and on the data of a program."""

    program: Program
    model: Any
    tokenizer: Tokenizer
    prepared: Prepared
    kept: Kept | None = None
    """Of an untouched model."""


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
        stop=tuple(settings.stop),
        temperature=settings.temperature,
        top_p=settings.top_p,
        beams=settings.beams,
    )


@dataclass(frozen=True, slots=True)
class Put:
    """What is kept of an example while its answer is awaited."""

    id: str
    completion: str
    choices: tuple[str, ...]
    tokens: list[array[int]]
    """Of each choice."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Examples as they are put to a model, in one drawing of their exemplars."""

    score: Literal["generate", "choose"]
    prompts: list[array[int]]
    """At four bytes a token: all prompts of a task are at hand."""
    puts: list[Put]
    decoding: Decoding | None
    """Of free text."""
    seeds: list[int]
    """A row's own, for what is drawn."""
    references: Sequence[list[list[int]]] | None
    """Where their likelihood is wanted: each row's, as the one answer to its prompt."""
    forced: list[int | None] | None = None
    """The token that each answer is made to begin with, where there is one for any; choices and references do too."""

    def digest(self, cut: Groups) -> str:
        """Of all that the questions give an answer to depend on, the batches `cut` among them."""
        decoding = self.decoding and asdict(self.decoding)
        digest = sha256(json.dumps([self.score, decoding, cut]).encode())
        for row, put in enumerate(self.puts):
            drawn = self.seeds[row] if decoding and decoding["temperature"] is not None else None
            reference = self.references[row] if self.references is not None else None
            forced = self.forced and self.forced[row]
            choices = [tokens.tolist() for tokens in put.tokens]
            line = [put.id, self.prompts[row].tolist(), put.completion, put.choices, choices, reference, drawn, forced]
            digest.update(json.dumps(line).encode())
        return digest.hexdigest()


def questions(
    subject: Subject, one: Asked, examples: Examples, rows: Sequence[int], around: Sequence[tuple[str, str]]
) -> Questions:
    """`rows` are places in `examples`; `around` is what stands around the answers of all rows of the task."""
    task = subject.program.tasks[one.task]
    prompts: list[array[int]] = []
    puts: list[Put] = []
    labelling, forced = subject.prepared.labellings[one.task], []
    for row in rows:
        example = examples[row]
        prompts.append(array("i", example.prompt_ids))
        choices = _choices(examples, row, example) if task.score == "choose" else []
        forced.append(labelling.forced(example.template))
        puts.append(Put(example.id, example.completion, example.choices or (), choices))
    wanted = not all(call.reads_answers for call in task.metrics)
    return Questions(
        score=task.score,
        prompts=prompts,
        puts=puts,
        decoding=replace(decoding_for(subject, one), around=tuple(around)) if writes(task) else None,
        seeds=[seed(subject.program.seed, "generate", one.task, put.id) for put in puts] if writes(task) else [],
        references=_References(subject.prepared.tokens(one.task, one.split), rows) if wanted else None,
        forced=forced if any(token is not None for token in forced) else None,
    )


class _References(Sequence[list[list[int]]]):
    """Tokens of each row's reference, stop token included, read from the mapped table as they are asked for."""

    def __init__(self, table: TokenTable, rows: Sequence[int]) -> None:
        self._table, self._rows = table, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> list[list[int]]:  # type: ignore[override]
        row = self._rows[index]
        return [self._table[row][0][int(self._table.starts[row]) :].tolist()]


def how(subject: Subject, one: Asked, batches: Batches, precision: str) -> How:
    """How a task is asked, as `results.json` states it."""
    task = subject.program.tasks[one.task]
    if not writes(task):
        return How(score=task.score, batches=batches, precision=precision)
    decoding = asdict(decoding_for(subject, one))
    told = {name: decoding[name] for name in decoding.keys() & Decoded.model_fields.keys()}
    return Decoded(score=task.score, batches=batches, precision=precision, **told)


def _choices(examples: Examples, row: int, example: Example) -> list[array[int]]:
    """Choices are tokenised as completions are."""
    if not example.choices:
        raise Stop(no_choices(example.task, example.template, example.id))
    return [array("i", ids) for ids in examples.answer_ids(row, example.choices)]
