"""Puts examples to a model: free text, closed choices by likelihood, and the reference's own likelihood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import completion_lengths_unknown
from recipe_lang.program.program import Program, Task
from runtime.base.seeds import seed
from runtime.data import Prepared
from runtime.data.example import Example
from runtime.data.tokenizer import Tokenizer
from runtime.evaluate.asked import Asked
from runtime.evaluate.batches import ROWS, TOKENS
from runtime.evaluate.generate import Decoding, generate
from runtime.evaluate.metrics import NEED_LIKELIHOOD
from runtime.evaluate.predictions import Choice, Likelihood


@dataclass(frozen=True, slots=True)
class Answered:
    text: str = ""
    ended: str | None = None
    choices: tuple[Choice, ...] = ()
    likelihood: Likelihood | None = None


def decoding_for(program: Program, one: Asked, prepared: Prepared, tokenizer: Tokenizer) -> Decoding:
    """The task's decoding; without a length of its own, the 99th percentile of its training completions.

    A row ends at the end token and at whatever token its training examples end with.
    """
    task = program.tasks[one.task]
    settings = task.generate
    longest = settings.max_new_tokens
    if longest is None:
        splits = prepared.facts.tasks[one.task]
        lengths = next(
            (s.completion_lengths for s in (splits.get("train"), splits[one.split]) if s and s.completion_lengths), None
        )
        if lengths is None:
            raise Stop(completion_lengths_unknown(one.task))
        longest = lengths.p99
    table = prepared.tokens(one.task, one.split)
    ends = {int(token) for token in table.tokens[table.offsets[1:] - 1]}
    if tokenizer.eos_id is not None:
        ends.add(tokenizer.eos_id)
    return Decoding(
        max_new_tokens=longest,
        stop_ids=tuple(sorted(ends)),
        stop_texts=tuple(settings.stop),
        temperature=settings.temperature,
        top_p=settings.top_p,
        beams=settings.beams,
    )


def ask(
    program: Program,
    one: Asked,
    examples: Sequence[Example],
    answers: Sequence[Sequence[int]],
    cut: Sequence[Sequence[int]],
    model: Any,
    prepared: Prepared,
    tokenizer: Tokenizer,
    done: Callable[[int, int], None],
) -> tuple[list[Answered], dict[str, Any]]:
    """What the model says to each example, and how it was asked (as `results.json` states it).

    `answers` are the references' own tokens, the stop token included; `cut` are the batches, as positions.
    """
    task = program.tasks[one.task]
    how: dict[str, Any] = {"score": task.score, "batches": {"tokens": TOKENS, "rows": ROWS, "count": len(cut)}}
    answered = [Answered()] * len(examples)
    if needs_text(task):
        decoding = decoding_for(program, one, prepared, tokenizer)
        seeds = [seed(program.seed, "generate", one.task, example.id) for example in examples]
        prompts = [example.prompt_ids for example in examples]
        generated = generate(model, tokenizer, prompts, decoding, cut, seeds=seeds, done=done)
        answered = [Answered(text=row.text, ended=row.ended) for row in generated]
        how |= _decoding_as_stated(decoding)
    return answered, how


def needs_text(task: Task) -> bool:
    """Whether a metric reads what the model writes."""
    return task.score == "generate" and any(call.name not in NEED_LIKELIHOOD for call in task.metrics)


def _decoding_as_stated(decoding: Decoding) -> dict[str, Any]:
    return {
        "max_new_tokens": decoding.max_new_tokens,
        "stop": list(decoding.stop_texts),
        "stop_ids": list(decoding.stop_ids),
        "temperature": decoding.temperature,
        "top_p": decoding.top_p,
        "beams": decoding.beams,
    }
