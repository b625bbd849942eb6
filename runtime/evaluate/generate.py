"""Generation: batched, with a KV cache; greedy, sampled or by beams; causal and encoder-decoder models.

Decoder-only models read rows that end together. An encoder reads rows that begin together: BART's learned positions
count from the first place on, padding or not.

What the model's own `generation_config.json` says is not inherited: transformers fills every field from it that a
decoding does not set, so that a repetition penalty there would change "greedy".
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

from runtime.data.tokenizer.tokenizer import Tokenizer
from runtime.evaluate.padding import padded
from runtime.evaluate.predictions import Answered
from runtime.models.methods import base_model, has_soft_prompt
from runtime.models.rope import Turn, turn_of


@dataclass(frozen=True, slots=True)
class Decoding:
    max_new_tokens: int
    stop_ids: tuple[int, ...]
    stop: tuple[str, ...] = ()
    temperature: float | None = None
    """None: greedy."""
    top_p: float | None = None
    beams: int = 1
    around: tuple[tuple[str, str], ...] = ()
    """What the model writes itself before an answer and behind it, as its chat template has it."""


def generate(
    model,
    tokenizer: Tokenizer,
    prompts: Sequence[Sequence[int]],
    decoding: Decoding,
    batches: Sequence[Sequence[int]],
    *,
    seeds: Sequence[int] | None = None,
    forced: Sequence[int | None] | None = None,
    done: Callable[[float], None] = lambda rows: None,
) -> list[Answered]:
    """The answer to each prompt, in their order.

    `batches` are positions in `prompts`. Sampling takes one seed a prompt, so that a row draws the same numbers in
    whatever batch it stands. `forced`: the token that the answer to each prompt is made to begin with, which is no part
    of its text. `done(rows)` is called with each token, for so much of the batch's rows.
    """
    found: dict[int, Answered] = {}
    if has_soft_prompt(model):
        batches = _of_one_length(prompts, batches)
    batches = _apart(prompts, batches, turn_of(model.config), decoding.max_new_tokens)
    with torch.no_grad(), _own_settings(model):
        for batch in batches:
            own = [forced[i] for i in batch] if forced else [None] * len(batch)
            underway = Underway(len(batch) / (decoding.max_new_tokens + 1), done)
            drawn = seeds and [seeds[i] for i in batch]
            rows = _generate_batch(model, tokenizer, [prompts[i] for i in batch], decoding, drawn, own, underway)
            found.update(zip(batch, rows, strict=True))
            done(len(batch) - underway.told)
    return [found[i] for i in range(len(prompts))]


def new_tokens(model, prompt: Sequence[int], decoding: Decoding, forced: int | None = None) -> list[int]:
    """What the model says to one prompt, greedily, up to and with the first stop token; stop texts are not heeded.
    `forced`: the token that it is made to begin with."""
    with torch.no_grad(), _own_settings(model):
        ids = torch.tensor([list(prompt)], device=model.device)
        said = model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            generation_config=_configuration(model, decoding, decoding.max_new_tokens),
            logits_processor=LogitsProcessorList([First([forced])]),
        )
    new = said[0, _start(model, ids) :].tolist()
    end = next((place for place, token in enumerate(new) if token in decoding.stop_ids), len(new))
    return new[: end + 1]


def _apart(
    prompts: Sequence[Sequence[int]], batches: Sequence[Sequence[int]], turn: Turn | None, new: int
) -> Sequence[Sequence[int]]:
    """Batches cut between rows up to the turn, longer ones, and those that grow past it, each by itself."""
    if turn is None:
        return batches

    def side(place: int) -> int:
        length = len(prompts[place])
        return -1 if length + new <= turn.length else -2 if length > turn.length and not turn.alone else place

    return [
        [place for place in batch if side(place) == own] for batch in batches for own in sorted(set(map(side, batch)))
    ]


def _of_one_length(prompts: Sequence[Sequence[int]], batches: Sequence[Sequence[int]]) -> list[list[int]]:
    """Padding would stand between a soft prompt, which peft puts first, and a shorter row."""
    return [
        [i for i in batch if len(prompts[i]) == length]
        for batch in batches
        for length in sorted({len(prompts[i]) for i in batch}, reverse=True)
    ]


def _generate_batch(
    model,
    tokenizer: Tokenizer,
    prompts: Sequence[Sequence[int]],
    decoding: Decoding,
    seeds: Sequence[int] | None,
    forced: Sequence[int | None],
    underway: Underway,
) -> list[Answered]:
    ids, mask = padded(prompts, model.device, side="right" if model.config.is_encoder_decoder else "left")
    watch = [StopTexts(tokenizer, decoding.stop, _start(model, ids))] if decoding.stop else []
    begin = [First(forced)] if any(token is not None for token in forced) else []
    longest = decoding.max_new_tokens + len(begin)
    draw = [Draw(decoding, seeds, longest)] if decoding.temperature is not None and seeds is not None else []
    output = model.generate(
        input_ids=ids,
        attention_mask=mask,
        generation_config=_configuration(model, decoding, longest),
        stopping_criteria=StoppingCriteriaList([*watch, underway]),
        logits_processor=LogitsProcessorList([*begin, *draw]),
    )
    new = output[:, _start(model, ids) :].tolist()
    answers = (row if token is None else row[1:] for row, token in zip(new, forced, strict=True))
    return [finished(tokenizer, row[: decoding.max_new_tokens], decoding) for row in answers]


def finished(tokenizer: Tokenizer, ids: Sequence[int], decoding: Decoding) -> Answered:
    """The text of new tokens, cut before the first stop token and before the first stop text."""
    end = next((i for i, token in enumerate(ids) if token in decoding.stop_ids), len(ids))
    text = _inside(tokenizer, ids[:end], decoding.around)
    text = tokenizer.decode(list(ids[:end]), skip_special=True) if text is None else text
    cuts = [at for at in (text.find(stop) for stop in decoding.stop) if at >= 0]
    stopped = end < len(ids) or bool(cuts)
    return Answered(text[: min(cuts)] if cuts else text, "stop" if stopped else "length")


def _inside(tokenizer: Tokenizer, ids: Sequence[int], around: Sequence[tuple[str, str]]) -> str | None:
    """The answer between what its chat template puts around it; None where the text has none of that."""
    whole = tokenizer.decode(list(ids)) if around else ""
    for lead, tail in around:
        if lead in whole and tail in whole:
            text = whole.rpartition(lead)[2] if lead else whole
            return tokenizer.without_special(text.partition(tail)[0] if tail else text).strip()
    return None


def _start(model, ids: torch.Tensor) -> int:
    """Where new tokens begin in what `generate` returns: an encoder-decoder's output begins with its start token."""
    return 1 if model.config.is_encoder_decoder else ids.shape[1]


def _configuration(model, decoding: Decoding, longest: int) -> GenerationConfig:
    stop = list(decoding.stop_ids)
    return GenerationConfig(
        max_new_tokens=longest,
        do_sample=False,  # sampling happens in `Draw`, with one random stream a row
        num_beams=decoding.beams,
        eos_token_id=stop or None,
        pad_token_id=stop[0] if stop else 0,
        bos_token_id=getattr(model.config, "bos_token_id", None),
        decoder_start_token_id=getattr(model.config, "decoder_start_token_id", None),
    )


@contextlib.contextmanager
def _own_settings(model) -> Iterator[None]:
    """Puts an empty generation config in place of the model's own, which fills what a call leaves open."""
    own = base_model(model)
    theirs = own.generation_config
    own.generation_config = GenerationConfig()
    try:
        yield
    finally:
        own.generation_config = theirs


class First(LogitsProcessor):
    """Leaves only the token possible that a row is made to begin with, as transformers' `forced_bos_token_id` does for
    all rows alike."""

    def __init__(self, tokens: Sequence[int | None]) -> None:
        self.tokens, self.begun = tokens, False

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if self.begun:
            return scores
        self.begun = True
        beams, scores = len(scores) // len(self.tokens), scores.clone()
        for row, token in enumerate(self.tokens):
            if token is not None:
                own = scores[row * beams : (row + 1) * beams]
                own.fill_(-torch.inf)
                own[:, token] = 0.0
        return scores


class StopTexts(StoppingCriteria):
    """Ends a row whose new text holds one of the stop texts."""

    def __init__(self, tokenizer: Tokenizer, texts: Sequence[str], start: int) -> None:
        self.tokenizer, self.texts, self.start = tokenizer, texts, start

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs) -> torch.Tensor:
        new = (self.tokenizer.decode(row, skip_special=True) for row in input_ids[:, self.start :].tolist())
        hit = [any(stop in text for stop in self.texts) for text in new]
        return torch.tensor(hit, device=input_ids.device)


class Underway(StoppingCriteria):
    """Ends nothing: tells with each token how much of the batch is done."""

    def __init__(self, rows_a_token: float, done: Callable[[float], None]) -> None:
        self.each, self.done, self.told = rows_a_token, done, 0.0

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs) -> torch.Tensor:
        self.told += self.each
        self.done(self.each)
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)


SORTED = 64 * 2**20
"""Bytes that sorted scores and what is computed of them may take; a number of them takes about 40."""


class Draw(LogitsProcessor):
    """Samples: leaves only the drawn token possible. The n-th token of a row depends on its seed and scores alone."""

    def __init__(self, decoding: Decoding, seeds: Sequence[int], longest: int) -> None:
        self.temperature, self.top_p = decoding.temperature, decoding.top_p
        streams = (np.random.default_rng(seed) for seed in seeds)
        self.numbers = iter(zip(*(stream.random(longest) for stream in streams), strict=True))

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        numbers = torch.tensor(next(self.numbers), dtype=torch.double, device=scores.device)[:, None]
        some = max(1, SORTED // (40 * scores.shape[-1]))
        parts = zip(scores.split(some), numbers.split(some), strict=True)
        drawn = torch.cat([self._drawn(part, number) for part, number in parts])
        return torch.full_like(scores, -torch.inf).scatter(-1, drawn, 0.0)

    def _drawn(self, scores: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """A token a row (rows, 1)."""
        ordered, order = torch.softmax(scores.float() / self.temperature, dim=-1).sort(dim=-1, descending=True)
        cumulated = ordered.double().cumsum(dim=-1)
        if self.top_p is not None:
            kept = cumulated - ordered < self.top_p
            cumulated = torch.where(kept, cumulated, torch.inf)
            total = torch.where(kept, ordered, 0).double().sum(dim=-1, keepdim=True)
        else:
            total = cumulated[:, -1:]
        place = (cumulated < numbers * total).sum(dim=-1, keepdim=True).clamp(max=scores.shape[-1] - 1)
        return order.gather(-1, place)
