"""Drawing: which examples make which optimiser step.

What is drawn follows from the seed, the shares and the position alone, so any step can be asked for first, and the
answer does not depend on the number of devices or on what was drawn before.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

import numpy as np

from recipe_lang.program.figures import Figures
from runtime.base.seeds import seed
from runtime.data.draws.shuffle import permutation

WhenExhausted = Literal["repeat", "drop", "stop"]


class Schedule:
    """Steps of a run, as many as `len` says, numbered from 1; the last one may be short.

    After any number of steps each task has had its share of the examples, in whole numbers by largest remainder. A
    task's examples come in a fresh seeded permutation each pass, read on across epochs. Where exhausted tasks are
    dropped, or end the run, no example comes twice.
    """

    def __init__(
        self, figures: Figures, counts: Mapping[str, int], root_seed: int, when_exhausted: WhenExhausted = "repeat"
    ) -> None:
        """`counts`: training examples of each task that is drawn. `figures` are those of a recipe that trains."""
        train = figures.train
        if train is None:
            raise ValueError("a recipe without `train` draws nothing")
        shares = {task.name: task.share for task in figures.tasks if task.share}
        self.tasks = list(shares)
        self._seed = root_seed
        self._counts = np.array([counts[name] for name in self.tasks], dtype=np.int64)
        parts = np.array(list(shares.values()), dtype=np.float64)
        examples = min(train.examples, drawable(parts, self._counts, when_exhausted))
        ends = np.minimum(np.arange(-(-examples // train.examples_per_step) + 1) * train.examples_per_step, examples)
        self._drawn = cumulated_draws(quotas(parts, self._counts, ends, when_exhausted), ends)
        self._order = lru_cache(maxsize=2 * len(self.tasks))(self._permutation)

    def __len__(self) -> int:
        return len(self._drawn) - 1

    def step(self, number: int) -> list[tuple[str, int]]:
        """(task, example index) of every example of a step, in a seeded order."""
        if not 1 <= number <= len(self):
            raise IndexError(number)
        drawn = [
            (name, self._example(task, place))
            for task, name in enumerate(self.tasks)
            for place in range(self._drawn[number - 1, task], self._drawn[number, task])
        ]
        order = permutation(len(drawn), seed(self._seed, "draws", "step", str(number)))
        return [drawn[place] for place in order.tolist()]

    def drawn(self, steps: int) -> dict[str, int]:
        """Examples of each task in the first `steps` steps."""
        return dict(zip(self.tasks, self._drawn[steps].tolist(), strict=True))

    def _example(self, task: int, place: int) -> int:
        turn, at = divmod(place, int(self._counts[task]))
        return int(self._order(task, turn)[at])

    def _permutation(self, task: int, turn: int) -> np.ndarray:
        return permutation(int(self._counts[task]), seed(self._seed, "draws", self.tasks[task], str(turn)))


def drawable(shares: np.ndarray, counts: np.ndarray, when_exhausted: WhenExhausted) -> int:
    """Examples after which nothing more is drawn: without an end where tasks repeat."""
    if when_exhausted == "repeat":
        return 2**62
    if when_exhausted == "drop":
        return int(counts.sum())
    return int(np.floor((counts * shares.sum() / shares).min() + 1e-9))


def quotas(shares: np.ndarray, counts: np.ndarray, ends: np.ndarray, when_exhausted: WhenExhausted) -> np.ndarray:
    """What each task (columns) should have had among the first `ends[i]` examples (rows); rows add up to `ends`.

    Where exhausted tasks are dropped, what was theirs goes to the others in proportion to their shares.
    """
    if when_exhausted != "drop":
        return ends[:, None] * (shares / shares.sum())
    had = np.zeros(len(shares))
    at = 0.0
    corners, values = [0.0], [had]
    left = np.ones(len(shares), dtype=bool)
    while left.any():
        now = np.where(left, shares, 0.0) / shares[left].sum()
        until = np.where(left, (counts - had) / np.where(left, now, 1.0), np.inf)
        first = until.min()
        at, had = at + first, np.minimum(had + now * first, counts)
        left &= until > first * (1 + 1e-12) + 1e-12
        had = np.where(left, had, counts)
        corners.append(at)
        values.append(had)
    return np.stack(
        [np.interp(ends, corners, [value[task] for value in values]) for task in range(len(shares))], axis=1
    )


def cumulated_draws(wanted: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Whole draws of each task among the first `ends[i]` examples, from `quotas`, by largest remainder.

    Largest remainders of a growing total can take a draw back (the Alabama paradox). A draw that was made stays, and
    the others have that much less.
    """
    counts = np.floor(wanted + 1e-9).astype(np.int64)
    left = ends - counts.sum(axis=1)
    # As in `recipe_lang.program.apportion`: fractions to nine decimals, the earlier task on a tie.
    order = np.argsort(-np.round(wanted - counts, 9), axis=1, kind="stable")
    ranks = np.argsort(order, axis=1, kind="stable")
    counts += ranks < left[:, None]
    if (np.diff(counts, axis=0) < 0).any():
        _keep_growing(counts, wanted)
    return counts


def _keep_growing(counts: np.ndarray, wanted: np.ndarray) -> None:
    for step in range(1, len(counts)):
        short = np.maximum(counts[step - 1] - counts[step], 0)
        counts[step] += short
        for _ in range(int(short.sum())):
            spare = np.where(counts[step] > counts[step - 1], counts[step] - wanted[step], -np.inf)
            counts[step, int(np.argmax(spare))] -= 1
