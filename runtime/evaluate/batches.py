"""Batches: a function of the rows and a token budget alone, the same for every model, phase and number of exemplars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

FEW = 8
"""Rows from which a batch takes no more that are much shorter than its longest: padding costs more than it saves."""
SHARED = 64
"""Tokens that prompts must begin with in common to be computed from there on together."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a batch holds at most."""

    tokens: int = 4_096
    """Padding and new tokens included: bounds the KV cache, whatever the number of rows."""
    rows: int = 64
    """Bounds the logits of the last position."""

    def beams(self, number: int) -> Limits:
        """Each beam is a row of the model's input."""
        return Limits(self.tokens, max(1, self.rows // number))

    def halved(self) -> Limits:
        return Limits(self.tokens // 2, max(1, self.rows // 2))


USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Asking:
    """A row as far as batching sees it."""

    prompt: bytes
    """Its tokens' numbers, four bytes each with the highest first: they sort as the numbers do, in a ninth of the
    memory."""
    tokens: int
    """Of the cache that the row takes: its prompt and what is generated, for each beam, or its prompt twice where
    answers are scored, once as it is and once behind them."""


def asking(prompt: Sequence[int], tokens: int) -> Asking:
    return Asking(np.array(prompt, ">i4").tobytes(), tokens)


Groups = list[list[list[int]]]
"""Groups of rows whose prompts begin alike, each cut into batches of positions."""


def groups(rows: Sequence[Asking], limits: Limits = USUAL) -> Groups:
    """Every position in `rows` once. The last group holds the rows that share no long beginning with others."""
    alike = _alike([row.prompt for row in rows])
    together = [group for group in alike if len(group) > 1]
    rest = sorted(group[0] for group in alike if len(group) == 1)
    return [
        [[group[i] for i in batch] for batch in batches([rows[i].tokens for i in group], limits)]
        for group in [*together, *([rest] if rest else [])]
    ]


def otherwise(rows: Sequence[Asking], limits: Limits) -> Limits | None:
    """Limits that cut the rows otherwise than these do; None where each row is a batch of its own."""
    cut, other = groups(rows, limits), limits
    while groups(rows, other) == cut:
        if other.rows == 1:
            return None
        other = other.halved()
    return other


def batches(lengths: Sequence[int], limits: Limits) -> list[list[int]]:
    """Positions in `lengths`, longest first, in batches within the limits.

    A row longer than the budget is a batch of its own. Equal lengths keep their order.

    >>> batches([10, 50, 12, 48], Limits(tokens=100))  # 2 × 50 and 2 × 12 with padding
    [[1, 3], [2, 0]]
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    found: list[list[int]] = []
    for i in order:
        if found and _takes([lengths[k] for k in found[-1]], lengths[i], limits):
            found[-1].append(i)
        else:
            found.append([i])
    return found


def _takes(batch: Sequence[int], length: int, limits: Limits) -> bool:
    """Whether a batch of these lengths, longest first, takes one more row."""
    room = len(batch) < limits.rows and batch[0] * (len(batch) + 1) <= limits.tokens
    return room and (len(batch) < FEW or 4 * length >= 3 * batch[0])


def common(prompts: Iterable[Sequence[int]]) -> int:
    """Tokens that all begin with; never the whole of one, since its last token's own logits are wanted.

    >>> common([[1, 2, 3], [1, 2, 4], [1, 2]])  # of the last one a token is kept
    1
    """
    first, same = None, 0
    for prompt in prompts:
        if first is None:
            first, same = prompt, len(prompt)
        same = min(_same(first[:same], prompt), len(prompt) - 1)
    return same


def _same(one: Sequence[int], other: Sequence[int]) -> int:
    """The length of what both begin with, by halves: slices are compared faster than their numbers."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def _alike(prompts: Sequence[bytes]) -> list[list[int]]:
    """Positions of prompts that share at least `SHARED` tokens and half of each one with their neighbours in order."""
    order = sorted(range(len(prompts)), key=lambda i: (prompts[i], i))
    found: list[list[int]] = []
    for i in order:
        if found:
            neighbour = prompts[found[-1][-1]]
            same = common([neighbour, prompts[i]]) // 4
            if same >= SHARED and 8 * same >= max(len(neighbour), len(prompts[i])):
                found[-1].append(i)
                continue
        found.append([i])
    return found
