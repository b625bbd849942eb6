"""The likelihood of answers under a model: closed choices, and references.

What rows of a group have in common is computed once; so is each prompt, for all its answers. An answer's first token is
scored by the prompt's last logits, and only its further tokens are put to the model. A soft prompt allows none of it:
peft puts it before whole sequences, in place of any cache.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch
import torch.nn.functional as F
from transformers.cache_utils import DynamicLayer

from runtime.evaluate.batches import SHARED, USUAL, Groups, common
from runtime.evaluate.padding import padded
from runtime.models.methods import base_model, has_soft_prompt, virtual_positions
from runtime.models.rope import Turn, turn_of

LOGITS = 128 * 2**20
"""Bytes of logits held at once, at four a number."""


@dataclass(slots=True)
class Scored:
    logprob: float = 0.0
    """Sum over the answer's tokens, in nats."""
    tokens: int = 0
    right: int = 0
    """Tokens that were the model's first choice."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """An answer to the row at place `row` of a batch."""

    row: int
    tokens: Sequence[int]
    scored: Scored
    forced: int
    """First tokens that are certain, and not scored."""


def score(
    model: Any,
    prompts: Sequence[Sequence[int]],
    answers: Sequence[Sequence[Sequence[int]]],
    groups: Groups,
    *,
    forced: Sequence[int | None] | None = None,
    done: Callable[[float], None] = lambda rows: None,
) -> list[list[Scored]]:
    """For each prompt, each of its answers; both are read batch by batch. `done(rows)` is called with each portion of
    one, for so much of its rows.

    `forced`: the token that an encoder-decoder is made to begin each prompt's answers with, which stands in them.
    """
    certain = [0 if token is None else 1 for token in forced] if forced else [0] * len(answers)
    found = [[Scored(tokens=len(a) - own) for a in row] for row, own in zip(answers, certain, strict=True)]
    turn = None if model.config.is_encoder_decoder else turn_of(model.config)
    score_batch = _score_encoded if model.config.is_encoder_decoder else _score_causal
    with torch.no_grad():
        for group in groups:
            beginning = (
                None if model.config.is_encoder_decoder else _beginning(model, prompts, [i for b in group for i in b])
            )
            for batch in group:
                total, told = sum(len(tokens) for i in batch for tokens in answers[i]), 0.0
                for far in (False, True) if turn is not None else (False,):
                    read: list[Sequence[int]] = []
                    pairs: list[_Pair] = []
                    for i in batch:
                        each = zip(answers[i], found[i], strict=True)
                        own = [(t, s) for t, s in each if t and far == _is_far(len(prompts[i]) + len(t), turn)]
                        pairs += [_Pair(len(read), tokens, scored, certain[i]) for tokens, scored in own]
                        read += [prompts[i]] if own else []
                    portions: Iterator[int] = iter(())
                    if pairs and far:
                        alike = [[pair] for pair in pairs] if turn.alone else [pairs]
                        portions = chain.from_iterable(_score_whole(model, read, some, skipped=0) for some in alike)
                    elif pairs:
                        portions = score_batch(model, read, pairs, beginning)
                    for tokens in portions:
                        told += (part := len(batch) * tokens / total)
                        done(part)
                done(len(batch) - told)
    return found


def _is_far(tokens: int, turn: Turn | None) -> bool:
    """Whether a prompt with its answer, whose last token is not read, is longer than the turn."""
    return turn is not None and tokens - 1 > turn.length


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What all prompts of a group begin with, computed on one row."""

    cache: Any
    tokens: int


def _beginning(model: Any, prompts: Sequence[Sequence[int]], group: Sequence[int]) -> _Beginning | None:
    same = common(prompts[i] for i in group) if len(group) > 1 and _counts_positions(model) else 0
    if same < SHARED:
        return None
    ids = torch.tensor([prompts[group[0]][:same]], device=model.device)
    cache = _forward(
        model, ids, torch.ones_like(ids), torch.arange(same, device=model.device)[None], None, 1
    ).past_key_values
    return _Beginning(cache, same) if _divisible(cache) else None


def _score_causal(
    model: Any, prompts: Sequence[Sequence[int]], pairs: Sequence[_Pair], beginning: _Beginning | None
) -> Iterator[int]:
    """Gives the number of tokens that a portion has scored, as all that score."""
    if has_soft_prompt(model):
        yield from _score_whole(model, prompts, pairs, skipped=0)
        return
    skipped = beginning.tokens if beginning else 0
    ids, mask = padded([prompt[skipped:] for prompt in prompts], model.device, side="left")
    positions = (skipped + mask.cumsum(dim=-1) - 1).clamp(min=0)
    mask = torch.cat([mask.new_ones(len(prompts), skipped), mask], dim=1)
    cache = (
        _rows(beginning.cache, torch.zeros(len(prompts), dtype=torch.long, device=model.device)) if beginning else None
    )
    output = _forward(model, ids, mask, positions, cache, 1)
    _add(output.logits[:, -1], [pair.row for pair in pairs], [pair.tokens[0] for pair in pairs], pairs)
    yield len(pairs)
    longer = [pair for pair in pairs if len(pair.tokens) > 1]
    if longer and not _divisible(output.past_key_values):
        yield from _score_whole(model, prompts, longer, skipped=1)
        return
    lengths = torch.tensor([len(prompt) for prompt in prompts], device=model.device)
    for some in _portions(model, longer, mask.shape[1]):
        rows = torch.tensor([pair.row for pair in some], device=model.device)
        ids, after = padded([pair.tokens[:-1] for pair in some], model.device, side="right")
        positions = lengths[rows, None] + torch.arange(ids.shape[1], device=model.device)
        whole = torch.cat([mask[rows], after], dim=1)
        cache = _rows(output.past_key_values, rows)
        for part in _pieces(model, some, skipped=1):
            here = slice(part.start - 1, part.stop - 1)
            wanted, read = after[:, here].bool(), whole[:, : mask.shape[1] + here.stop]
            logits = _forward(model, ids[:, here], read, positions[:, here], cache, wanted).logits
            yield _add_part(logits, wanted, some, part)


def _score_whole(
    model: Any, prompts: Sequence[Sequence[int]], pairs: Sequence[_Pair], *, skipped: int
) -> Iterator[int]:
    """For models whose cache cannot be taken apart by rows: every answer behind its whole prompt, without the answer's
    `skipped` first tokens. Rows begin without padding, so the model's own count of positions is right."""
    for some in _portions(model, pairs, max(map(len, prompts))):
        for part in _pieces(model, some, skipped):
            whole = [[*prompts[pair.row], *pair.tokens[:-1][: part.stop - 1]] for pair in some]
            ids, mask = padded(whole, model.device, side="right")
            places = torch.arange(ids.shape[1], device=model.device)
            starts = torch.tensor([len(prompts[pair.row]) for pair in some], device=model.device)
            wanted = mask.bool() & (places >= starts[:, None] - 1 + part.start)
            wanted = F.pad(wanted, (virtual_positions(model), 0))
            logits = _forward(model, ids, mask, None, None, wanted).logits
            yield _add_part(logits, wanted, some, part)


def _score_encoded(
    model: Any, prompts: Sequence[Sequence[int]], pairs: Sequence[_Pair], beginning: None
) -> Iterator[int]:
    """Encoder-decoder: prompts are encoded once, answers decoded from the start token. Behind a soft prompt an answer
    is decoded whole, however long."""
    read, mask = padded(prompts, model.device, side="right")
    soft = has_soft_prompt(model)
    encoded = None if soft else model.get_encoder()(input_ids=read, attention_mask=mask).last_hidden_state
    start = model.config.decoder_start_token_id
    for some in _portions(model, pairs, mask.shape[1]):
        rows = torch.tensor([pair.row for pair in some], device=model.device)
        ids, after = padded([[start, *pair.tokens[:-1]] for pair in some], model.device, side="right")
        given = {"input_ids": read[rows]} if soft else {"encoder_outputs": (encoded[rows],)}
        given["attention_mask"] = mask[rows]
        parts = [slice(0, ids.shape[1])] if soft else _pieces(model, some, skipped=0)
        for part in parts:
            output = model(**given, decoder_input_ids=ids[:, part], use_cache=len(parts) > 1)
            yield _add_part(output.logits, after[:, part].bool(), some, part)
            if len(parts) > 1:
                given["past_key_values"] = output.past_key_values


def _portions(model: Any, pairs: Sequence[_Pair], context: int) -> Iterator[list[_Pair]]:
    """Pairs of like length, so many at once that their logits and their copies of the cache stay within bounds."""
    some: list[_Pair] = []
    for pair in sorted(pairs, key=lambda pair: -len(pair.tokens)):
        longest = len(some[0].tokens if some else pair.tokens)
        count = len(some) + 1
        if some and (count * longest > _places(model) or 2 * count * (context + longest) > USUAL.tokens):
            yield some
            some = []
        some.append(pair)
    if some:
        yield some


def _pieces(model: Any, pairs: Sequence[_Pair], skipped: int) -> list[slice]:
    """The answers' tokens without the `skipped` first ones, in parts whose logits stay within bounds: of one answer
    that is too long for them; other portions are of one piece."""
    longest, width = max(len(pair.tokens) for pair in pairs), max(1, _places(model) // len(pairs))
    return [slice(start, min(start + width, longest)) for start in range(skipped, longest, width)]


def _places(model: Any) -> int:
    """Tokens whose logits may be held at once."""
    return LOGITS // (4 * model.get_output_embeddings().weight.shape[0])


def _add_part(logits: torch.Tensor, wanted: torch.Tensor, pairs: Sequence[_Pair], part: slice) -> int:
    """Adds this part of the pairs' tokens, and counts them. `logits` are those of the wanted places, or of all."""
    logits = logits[wanted] if logits.dim() == 3 and logits.shape[:2] == wanted.shape else logits.flatten(0, -2)
    each = [(pair, at) for pair in pairs for at in range(*part.indices(len(pair.tokens)))]
    kept = [(row, pair, pair.tokens[at]) for row, (pair, at) in enumerate(each) if at >= pair.forced]
    _add(logits, [row for row, _, _ in kept], [token for _, _, token in kept], [pair for _, pair, _ in kept])
    return len(each)


def _add(logits: torch.Tensor, rows: Sequence[int], tokens: Sequence[int], pairs: Sequence[_Pair]) -> None:
    """Adds the log-probability of `tokens[i]` under `logits[rows[i]]` to `pairs[i]`; in fp32, some rows at a time."""
    normaliser, best = [], []
    for part in logits.split(max(1, LOGITS // (16 * logits.shape[-1]))):
        part = part.float()
        normaliser.append(part.logsumexp(dim=-1))
        best.append(part.argmax(dim=-1))
    at = torch.tensor(list(rows), device=logits.device), torch.tensor(list(tokens), device=logits.device)
    logprobs = (logits[at].float() - torch.cat(normaliser)[at[0]]).tolist()
    right = (torch.cat(best)[at[0]] == at[1]).tolist()
    for pair, logprob, hit in zip(pairs, logprobs, right, strict=True):
        pair.scored.logprob += logprob
        pair.scored.right += hit


def _forward(
    model: Any,
    ids: torch.Tensor,
    mask: torch.Tensor,
    positions: torch.Tensor | None,
    cache: Any,
    logits: int | torch.Tensor,
) -> Any:
    """Positions are stated where padding stands before a row, since a direct call counts it too; logits are kept where
    they are wanted."""
    known = inspect.signature(base_model(model).forward).parameters
    extra = {"position_ids": positions, "logits_to_keep": logits}
    return model(
        input_ids=ids,
        attention_mask=mask,
        past_key_values=cache,
        use_cache=True,
        **{name: value for name, value in extra.items() if name in known and value is not None},
    )


def _divisible(cache: Any) -> bool:
    """Whether a cache is nothing but keys and values by row and place."""
    return cache is not None and all(type(layer) is DynamicLayer for layer in getattr(cache, "layers", [None]))


def _rows(cache: Any, rows: torch.Tensor) -> Any:
    """A cache with these rows of another one, which stays as it is: updates make new tensors."""
    found = copy.copy(cache)
    found.layers = [copy.copy(layer) for layer in cache.layers]
    for layer in found.layers:
        layer.keys, layer.values = layer.keys.index_select(0, rows), layer.values.index_select(0, rows)
    return found


def _counts_positions(model: Any) -> bool:
    """Whether a row's own positions are all that it knows of distance, so that padding may stand in its middle: not
    where the model counts places of the cache itself (ALiBi, a sliding window), nor behind a soft prompt."""
    windowed = getattr(model.config.get_text_config(decoder=True), "sliding_window", None) is not None
    takes = "position_ids" in inspect.signature(base_model(model).forward).parameters
    return takes and not windowed and not has_soft_prompt(model)
