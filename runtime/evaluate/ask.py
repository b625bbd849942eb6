"""Puts questions to a model: free text, closed choices by likelihood, and the reference's own likelihood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from recipe_lang.program.predictions import Choice, Likelihood
from runtime.evaluate.batches import Groups
from runtime.evaluate.generate import generate
from runtime.evaluate.likelihood import score
from runtime.evaluate.metrics.labels import likeliest
from runtime.evaluate.predictions import Answered
from runtime.evaluate.questions import Questions, Subject


def ask(subject: Subject, asked: Questions, cut: Groups, done: Callable[[float], None]) -> list[Answered]:
    """What the model says to each question. `cut` are the batches, as places among them. A row is done by halves where
    its reference is scored too."""
    prompts, puts, told = asked.prompts, asked.puts, done
    answered = [Answered()] * len(puts)
    if asked.references is not None and (asked.score == "choose" or asked.decoding is not None):
        told = partial(_half, done)
    if asked.score == "choose":
        answered = _choose(subject, asked, cut, told)
    elif asked.decoding is not None:
        batches = [batch for group in cut for batch in group]
        model, tokenizer = subject.model, subject.tokenizer
        given = {"seeds": asked.seeds, "forced": asked.forced}
        answered = generate(model, tokenizer, prompts, asked.decoding, batches, **given, done=told)
    if asked.references is not None:
        scored = score(subject.model, prompts, asked.references, cut, forced=asked.forced, done=told)
        answered = [
            replace(a, likelihood=Likelihood(-s.logprob, s.tokens, s.right, put.completion))
            for a, (s,), put in zip(answered, scored, puts, strict=True)
        ]
    return answered


def _half(done: Callable[[float], None], rows: float) -> None:
    done(rows / 2)


def _choose(subject: Subject, asked: Questions, cut: Groups, done: Callable[[float], None]) -> list[Answered]:
    """Closed choices: the likeliest by the sum over its tokens."""
    answers = [put.tokens for put in asked.puts]
    scored = score(subject.model, asked.prompts, answers, cut, forced=asked.forced, done=done)
    found = []
    for put, own in zip(asked.puts, scored, strict=True):
        choices = tuple(Choice(text, s.logprob, s.tokens) for text, s in zip(put.choices, own, strict=True))
        found.append(Answered(text=choices[likeliest(choices)].text, choices=choices))
    return found
