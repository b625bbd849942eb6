"""Asked texts to token numbers, split between what is asked and what is trained.

The prompt's tokens are exactly those that encoding the prompt alone gives, which is what the model sees at inference.
The answer's are the rest of encode(whole) where that begins with them. Where the tokenizer would merge over the
boundary, no split of the whole is true to inference: the answer is encoded alone and the example counts as merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.data.prompts.asked import Asked
from runtime.data.tokenizer.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Encoded:
    """`ids[:start]` are asked, `ids[start:]` trained; the last one is the stop token."""

    ids: list[int]
    start: int
    merged: bool = False
    earlier: tuple[tuple[int, int], ...] = ()
    """Ranges within the prompt that are trained too, one for each of `Asked.earlier`."""


def encode_causal(tokenizer: Tokenizer, asked: Sequence[Asked]) -> list[Encoded]:
    """One pass over the whole texts; the prompts' ends are compared by their last segment, see `_Ends`."""
    wholes = tokenizer.encode_alike([a.prompt + a.answer for a in asked])
    ends = _Ends(tokenizer, [turn for a in asked for turn in (*a.earlier, a)])
    prefix = [] if tokenizer.chat else tokenizer.prefix
    found = []
    for one, whole in zip(asked, wholes, strict=True):
        start = ends.start(one, whole)
        earlier = [ends.range(turn, whole) for turn in one.earlier]
        if start is None or None in earlier:
            found.append(_in_pieces(tokenizer, one, prefix))
        else:
            ids = [*prefix, *whole, tokenizer.special[one.stop]]
            found.append(Encoded(ids, len(prefix) + start, earlier=tuple(earlier)))  # type: ignore[arg-type]
    return found


def encode_pair(tokenizer: Tokenizer, asked: Sequence[Asked]) -> list[Encoded]:
    """Sequence to sequence: each side alone, each with the end token."""
    prompts = tokenizer.encode_batch([a.prompt for a in asked])
    answers = tokenizer.encode_batch([a.answer for a in asked])
    found = []
    for one, prompt, answer in zip(asked, prompts, answers, strict=True):
        end = tokenizer.special[one.stop]
        source = [*tokenizer.prefix, *prompt, *(tokenizer.suffix or [end])]
        found.append(Encoded([*source, *answer, end], len(source)))
    return found


def _in_pieces(tokenizer: Tokenizer, asked: Asked, prefix: list[int]) -> Encoded:
    """Every answer encoded alone, and what stands between them."""
    ids = list(prefix)
    ranges = []
    done = ""
    for turn in (*asked.earlier, asked):
        ids += tokenizer.encode(turn.prompt.removeprefix(done))
        start = len(ids)
        ids += [*tokenizer.encode(turn.answer), tokenizer.special[turn.stop]]
        ranges.append((start, len(ids)))
        done = turn.prompt + turn.answer + turn.stop
    return Encoded(ids, ranges[-1][0], True, tuple(ranges[:-1]))


class _Ends:
    """Finds where a prompt ends in the tokens of a whole text, without encoding every prompt a second time.

    Tokenizers cut a text at control tokens before anything else, so all up to the prompt's last control token is the
    same in prompt and whole, and what remains of the prompt (`assistant\\n`, the same for most rows) is encoded once.
    """

    def __init__(self, tokenizer: Tokenizer, asked: Sequence[Asked]) -> None:
        self._tokenizer = tokenizer
        self._found = {a.prompt: tokenizer.specials(a.prompt) for a in asked}
        tails = {self._tail(a.prompt) for a in asked}
        self._tails = dict(zip(tails, tokenizer.encode_batch(list(tails)), strict=True))

    def start(self, asked: Asked, whole: list[int]) -> int | None:
        """How many tokens of `whole` are the prompt's; None where the prompt's own tokens are not its beginning."""
        tail = self._tails[self._tail(asked.prompt)]
        found = self._found[asked.prompt]
        begin = 0
        if found:
            last = found[-1].group()
            count = sum(match.group() == last for match in found)
            begin = _nth(whole, self._tokenizer.special[last], count, 0)
        end = begin + len(tail)
        return end if whole[begin:end] == tail else None

    def range(self, asked: Asked, whole: list[int]) -> tuple[int, int] | None:
        """The answer's tokens and its stop token; None where the prompt's own tokens are not what precedes them."""
        start = self.start(asked, whole)
        if start is None:
            return None
        within = sum(match.group() == asked.stop for match in self._tokenizer.specials(asked.answer))
        return start, _nth(whole, self._tokenizer.special[asked.stop], within + 1, start) + 1

    def _tail(self, prompt: str) -> str:
        """From the last control token on, which is encoded along: some tokenizers treat a text's first word apart."""
        found = self._found[prompt]
        return prompt[found[-1].start() :] if found else prompt


def _nth(numbers: list[int], number: int, count: int, start: int) -> int:
    """Where `number` stands for the count-th time from `start` on; the length where it does not."""
    at = start - 1
    try:
        for _ in range(count):
            at = numbers.index(number, at + 1)
    except ValueError:
        return len(numbers)
    return at
