"""How a step is cut into micro-batches: a pure function of the examples' lengths and one limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runtime.models.rope import Turn


@dataclass(frozen=True, slots=True)
class Limit:
    """What one micro-batch may hold."""

    examples: int | None
    """The recipe's `micro_batch`; None: as many as `area` allows."""
    area: int
    """In tokens. Not applied where `examples` is given."""
    overhead: int
    """What a micro-batch costs beside its area, in tokens of area."""
    padded: bool = True
    """Rows are padded to the longest."""
    turn: Turn | None = None
    """Rows on either side of it share no micro-batch."""


def area(lengths: Sequence[int], group: Sequence[int], limit: Limit) -> int:
    """Of a micro-batch: rows × longest, or the sum of its lengths.

    >>> area([5, 9, 2], [0, 1], Limit(examples=2, area=0, overhead=0))  # two rows of 9
    18
    >>> area([5, 9, 2], [0, 1], Limit(examples=2, area=0, overhead=0, padded=False))
    14
    """
    if not limit.padded:
        return sum(lengths[i] for i in group)
    return len(group) * max((lengths[i] for i in group), default=0)


def largest(lengths: Sequence[int], limit: Limit, *, processes: int = 1) -> list[int]:
    """The micro-batch of the largest area that any process gets.

    >>> largest([9, 8, 2, 2, 2], Limit(examples=None, area=20, overhead=4))  # 2 × 9 tokens, against 3 × 2
    [0, 1]
    """
    dealt = deal(lengths, limit, processes=processes)
    return max((group for groups in dealt for group in groups), key=lambda group: area(lengths, group, limit))


def smaller(lengths: Sequence[int], limit: Limit, *, processes: int = 1) -> Limit:
    """The next limit to try, where rows of these lengths did not fit: half as many, then half the largest area.

    >>> smaller([9, 8, 2, 2, 2], Limit(examples=4, area=0, overhead=0)).examples
    2
    >>> smaller([9, 8, 2, 2, 2], Limit(examples=None, area=20, overhead=4)).area  # half of 2 × 9
    9
    """
    if limit.examples is not None and limit.examples > 1:
        return replace(limit, examples=limit.examples // 2)
    group = largest(lengths, limit, processes=processes)
    return replace(limit, examples=None, area=max(1, area(lengths, group, limit) // 2))


def cut(lengths: Sequence[int], limit: Limit) -> list[list[int]]:
    """Micro-batches as lists of positions in `lengths`, longest examples first: what fails for want of memory fails
    at once.

    >>> cut([2, 9, 2, 8, 2], Limit(examples=2, area=0, overhead=0))
    [[1, 3], [0, 2], [4]]
    >>> cut([2, 9, 2, 8, 2], Limit(examples=None, area=20, overhead=4))  # 18 + 6 tokens and two overheads
    [[1, 3], [0, 2, 4]]
    >>> cut([2, 9, 2, 8, 2], Limit(examples=None, area=20, overhead=0))  # 9 + 8 + 6 tokens
    [[1], [3], [0, 2, 4]]
    >>> cut([2, 9, 2, 8, 2], Limit(examples=4, area=0, overhead=0, turn=Turn(8, alone=False)))
    [[1], [3, 0, 2, 4]]
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    if limit.turn is None:
        return _groups(lengths, order, limit)
    count = sum(length > limit.turn.length for length in lengths)
    longer, others = order[:count], order[count:]
    apart = [[i] for i in longer] if limit.turn.alone else _groups(lengths, longer, limit)
    return apart + _groups(lengths, others, limit)


def _groups(lengths: Sequence[int], order: list[int], limit: Limit) -> list[list[int]]:
    if limit.examples is not None:
        return [order[i : i + limit.examples] for i in range(0, len(order), limit.examples)]
    return [order[start:end] for start, end in _cheapest([lengths[i] for i in order], limit)]


def _cheapest(lengths: list[int], limit: Limit) -> list[tuple[int, int]]:
    """Consecutive groups of descending lengths with the smallest Σ (area + overhead), each within the limit's area or
    of one example; fewer groups on a tie."""
    best: list[tuple[int, int, int]] = [(0, 0, 0)]
    """For each prefix: its cost, its number of groups, where its last group starts."""
    for end in range(1, len(lengths) + 1):
        cheapest = None
        for start in range(end - 1, -1, -1):
            size = area(lengths, range(start, end), limit)
            if size > limit.area and end - start > 1:
                break
            cost = (best[start][0] + size + limit.overhead, best[start][1] + 1, start)
            cheapest = min(cheapest, cost) if cheapest else cost
        best.append(cheapest)
    groups, end = [], len(lengths)
    while end:
        groups.append((best[end][2], end))
        end = best[end][2]
    return groups[::-1]


def deal(lengths: Sequence[int], limit: Limit, *, processes: int) -> list[list[list[int]]]:
    """The micro-batches of each process, the same number for each: empty ones fill up.

    Rows go round by length, back and forth, so that processes get about the same area.

    >>> deal([9, 8, 3], Limit(examples=None, area=20, overhead=0), processes=2)  # 9 tokens, and 8 with 3
    [[[0], []], [[1], [2]]]
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    turns = [*range(processes), *reversed(range(processes))]
    hands: list[list[int]] = [[] for _ in range(processes)]
    for place, row in enumerate(order):
        hands[turns[place % len(turns)]].append(row)
    dealt = [[[hand[i] for i in group] for group in cut([lengths[i] for i in hand], limit)] for hand in hands]
    most = max(len(groups) for groups in dealt)
    return [groups + [[]] * (most - len(groups)) for groups in dealt]
