"""Several processes share an evaluation: each asks a part of the batches, and all end with every answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, count
from typing import TypeVar

from runtime.evaluate.batches import Groups

Place = TypeVar("Place")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Share:
    """This process's part; by default all of it."""

    process: int = 0
    of: int = 1
    wait: Callable[[], None] = lambda: None
    """Until all processes have come as far, however long one's batches take."""

    def batches(self, cut: Groups) -> Groups:
        """This process's batches: dealt in turn and never cut anew, so that a row's neighbours stay the same. What a
        group begins with is computed of its batches here, which can begin longer alike than all of them do: likelihoods
        differ by rounding from those of other numbers of processes."""
        turn = count()
        dealt = ([batch for batch in group if next(turn) % self.of == self.process] for group in cut)
        return [group for group in dealt if group]

    def together(self, own: dict[Place, Answer] | None) -> dict[Place, Answer] | None:
        """What all processes found, on each of them; None where memory did not last on one of them. All have to call
        it."""
        if self.of == 1:
            return own
        from accelerate.utils import gather_object

        self.wait()
        found = gather_object([own])
        return None if None in found else dict(chain.from_iterable(part.items() for part in found))


ALONE = Share()
