"""What a mixture draws: how many examples of each task are among the first so many. Plan and engine count alike."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from recipe_lang.program.apportion import largest_remainder

WhenExhausted = Literal["repeat", "drop", "stop"]


class Draws:
    """Whole numbers by largest remainder of the shares. Where exhausted tasks are dropped, what was theirs goes to the
    others by their shares."""

    def __init__(self, shares: Sequence[float], rows: Sequence[int], when_exhausted: WhenExhausted) -> None:
        """`shares` need not add up to one; `rows` are the examples that each task has."""
        drawn = [(count, share) for count, share in zip(rows, shares, strict=True) if share > 0]
        whole = math.fsum(shares)
        self.most = math.inf
        """Examples after which nothing more is drawn: without an end where tasks repeat."""
        if when_exhausted == "drop":
            self.most = sum(count for count, _ in drawn)
        elif when_exhausted == "stop":
            self.most = math.floor(min((count * whole / share for count, share in drawn), default=0) + 1e-9)
        self._stretches = list(_stretches(shares, rows, dropped=when_exhausted == "drop"))

    def among(self, total: int) -> list[int]:
        """Of each task among the first `total`; none where no task has a share.

        >>> Draws([0.5, 0.3, 0.2], [10, 100, 100], "drop").among(20)  # half of each step, until its ten are gone
        [10, 6, 4]
        >>> Draws([0.5, 0.3, 0.2], [10, 100, 100], "drop").among(70)
        [10, 36, 24]
        """
        return largest_remainder(self._quotas(total), total)

    def after(self, before: Sequence[int], total: int) -> list[int]:
        """As `among`, where the draws of `before` have been made. Largest remainders of a growing total can take one
        back (the Alabama paradox); here it stays, and the others have that much less.

        >>> draws = Draws([6, 6, 2], [100, 100, 100], "repeat")
        >>> draws.among(10), draws.among(11)  # the third would have to give one back
        ([4, 4, 2], [5, 5, 1])
        >>> draws.after([4, 4, 2], 11)
        [4, 5, 2]
        """
        counts, quotas = self.among(total), self._quotas(total)
        if all(map(int.__le__, before, counts)):
            return counts
        counts = list(map(max, before, counts))
        for _ in range(sum(counts) - total):
            spare = [place for place, count in enumerate(counts) if count > before[place]]
            counts[max(spare, key=lambda place: counts[place] - quotas[place])] -= 1
        return counts

    def _quotas(self, total: int) -> list[float]:
        start, had, rates = next(one for one in reversed(self._stretches) if one[0] <= total)
        return [own + rate * (total - start) for own, rate in zip(had, rates, strict=True)]


def _stretches(
    shares: Sequence[float], rows: Sequence[int], *, dropped: bool
) -> Iterator[tuple[float, list[float], list[float]]]:
    """(first example, what each task has had by then, its part of the examples from there on)."""
    at, had, left = 0.0, [0.0] * len(shares), [share > 0 for share in shares]
    while True:
        whole = math.fsum(share for share, there in zip(shares, left, strict=True) if there)
        rates = [share / whole if there else 0.0 for share, there in zip(shares, left, strict=True)]
        yield at, had, rates
        if not (dropped and any(left)):
            return
        until = [(rows[i] - had[i]) / rates[i] if there else math.inf for i, there in enumerate(left)]
        first = min(until)
        left = [there and more > first * (1 + 1e-12) + 1e-12 for there, more in zip(left, until, strict=True)]
        at, had = at + first, [min(had[i] + rates[i] * first, rows[i]) for i in range(len(had))]
