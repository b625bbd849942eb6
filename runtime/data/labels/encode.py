"""Encode: exchanges to token numbers, split between what is asked and what is trained.

The prompt's tokens are exactly those that encoding the prompt alone gives, which is what the model sees at inference.
The answer's are the rest of encode(whole) where that begins with them. Where the tokenizer would merge over the
boundary, no split of the whole is true to inference: the answer is encoded alone and the example counts as merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.data.labels.labelling import Labelling
from runtime.data.prompts.exchange import Exchange
from runtime.data.tokenizer.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Encoded:
    """`ids[:start]` are asked, `ids[start:]` trained; the last one is the stop token."""

    ids: list[int]
    start: int
    merged: bool = False
    earlier: tuple[tuple[int, int], ...] = ()
    """Ranges within the prompt that are trained too, one for each of `Exchange.earlier`."""
    forced: int = 0
    """Trained tokens that are no part of the answer: those that the model is forced to begin with."""


def encode(labelling: Labelling, exchanges: Sequence[Exchange]) -> list[Encoded]:
    return (encode_pair if labelling.pair else encode_causal)(labelling.tokenizer, exchanges)


def encode_causal(tokenizer: Tokenizer, exchanges: Sequence[Exchange]) -> list[Encoded]:
    """One pass over the whole texts; the prompts' ends are compared by their last segment, see `_Ends`."""
    wholes = tokenizer.encode_alike([exchange.prompt + exchange.answer for exchange in exchanges])
    ends = _Ends(tokenizer, [turn for exchange in exchanges for turn in (*exchange.earlier, exchange)])
    prefix = [] if tokenizer.chat else tokenizer.prefix
    encoded = []
    for exchange, whole in zip(exchanges, wholes, strict=True):
        start = ends.start(exchange, whole)
        earlier = [ends.range(turn, whole) for turn in exchange.earlier]
        if start is None or None in earlier:
            encoded.append(_in_pieces(tokenizer, exchange, prefix))
        else:
            ids = [*prefix, *whole, tokenizer.control[exchange.stop]]
            encoded.append(Encoded(ids, len(prefix) + start, earlier=tuple(earlier)))  # type: ignore[arg-type]
    return encoded


def encode_pair(tokenizer: Tokenizer, exchanges: Sequence[Exchange]) -> list[Encoded]:
    """Sequence to sequence: each side alone, each with the end token; before the answer what the model is forced to
    begin with."""
    prompts = tokenizer.encode_batch([exchange.prompt for exchange in exchanges])
    answers = tokenizer.encode_batch([exchange.answer for exchange in exchanges])
    encoded = []
    for exchange, prompt, answer in zip(exchanges, prompts, answers, strict=True):
        end = tokenizer.control[exchange.stop]
        before, behind = tokenizer.around(exchange.source)
        source = [*before, *prompt, *(behind or [end])]
        first = [] if exchange.first is None else [tokenizer.control[exchange.first]]
        encoded.append(Encoded([*source, *first, *answer, end], len(source), forced=len(first)))
    return encoded


def _in_pieces(tokenizer: Tokenizer, exchange: Exchange, prefix: list[int]) -> Encoded:
    """Every answer encoded alone, and what stands between them."""
    ids = list(prefix)
    ranges = []
    done = ""
    for turn in (*exchange.earlier, exchange):
        ids += tokenizer.encode(turn.prompt.removeprefix(done))
        start = len(ids)
        ids += [*tokenizer.encode(turn.answer), tokenizer.control[turn.stop]]
        ranges.append((start, len(ids)))
        done = turn.prompt + turn.answer + turn.stop
    return Encoded(ids, ranges[-1][0], True, tuple(ranges[:-1]))


class _Ends:
    """Finds where a prompt ends in the tokens of a whole text, without encoding every prompt a second time.

    Tokenizers cut a text at control tokens before anything else, so all up to the prompt's last control token is the
    same in prompt and whole, and what remains of the prompt (`assistant\\n`, the same for most rows) is encoded once.
    """

    def __init__(self, tokenizer: Tokenizer, exchanges: Sequence[Exchange]) -> None:
        self._tokenizer = tokenizer
        self._controls = {exchange.prompt: tokenizer.specials(exchange.prompt) for exchange in exchanges}
        tails = {self._tail(exchange.prompt) for exchange in exchanges}
        self._tails = dict(zip(tails, tokenizer.encode_batch(list(tails)), strict=True))

    def start(self, exchange: Exchange, whole: list[int]) -> int | None:
        """How many tokens of `whole` are the prompt's; None where the prompt's own tokens are not its beginning."""
        tail = self._tails[self._tail(exchange.prompt)]
        controls = self._controls[exchange.prompt]
        begin = 0
        if controls:
            last = controls[-1].group()
            count = sum(match.group() == last for match in controls)
            begin = _nth(whole, self._tokenizer.special[last], count, 0)
        end = begin + len(tail)
        return end if whole[begin:end] == tail else None

    def range(self, exchange: Exchange, whole: list[int]) -> tuple[int, int] | None:
        """The answer's tokens and its stop token; None where the prompt's own tokens are not what precedes them."""
        start = self.start(exchange, whole)
        if start is None:
            return None
        within = sum(match.group() == exchange.stop for match in self._tokenizer.specials(exchange.answer))
        return start, _nth(whole, self._tokenizer.control[exchange.stop], within + 1, start) + 1

    def _tail(self, prompt: str) -> str:
        """From the last control token on, which is encoded along: some tokenizers treat a text's first word apart."""
        controls = self._controls[prompt]
        return prompt[controls[-1].start() :] if controls else prompt


def _nth(numbers: list[int], number: int, count: int, start: int) -> int:
    """Where `number` stands for the count-th time from `start` on; the length where it does not."""
    at = start - 1
    try:
        for _ in range(count):
            at = numbers.index(number, at + 1)
    except ValueError:
        return len(numbers)
    return at
