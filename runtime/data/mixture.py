"""Drawing: which examples make which optimiser step.

What is drawn follows from the seed, the shares and the position alone, so any step can be asked for first, and the
answer does not depend on the number of devices or on what was drawn before.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from recipe_lang.program.figures import Figures
from runtime.base.seeds import seed
from runtime.data.shuffle import permutation


class Schedule:
    """Steps of a run, as many as `len` says, numbered from 1; the last one may be short.

    After any number of steps each task has had its share of the examples, in whole numbers by largest remainder. A
    task's examples come in a fresh seeded permutation each pass, read on across epochs.
    """

    def __init__(self, figures: Figures, counts: Mapping[str, int], root_seed: int) -> None:
        """`counts`: training examples of each task that is drawn. `figures` are those of a recipe that trains."""
        train = figures.train
        if train is None:
            raise ValueError("a recipe without `train` draws nothing")
        shares = {task.name: task.share for task in figures.tasks if task.share}
        self.tasks = list(shares)
        self._seed = root_seed
        self._counts = [counts[name] for name in self.tasks]
        ends = np.minimum(np.arange(train.steps + 1) * train.examples_per_step, train.examples)
        self._drawn = cumulated_draws(np.array(list(shares.values()), dtype=np.float64), ends)
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
        turn, at = divmod(int(place), self._counts[task])
        return int(self._order(task, turn)[at])

    def _permutation(self, task: int, turn: int) -> np.ndarray:
        return permutation(self._counts[task], seed(self._seed, "draws", self.tasks[task], str(turn)))


def cumulated_draws(shares: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Whole draws of each task (columns) among the first `ends[i]` examples (rows), by largest remainder.

    Largest remainders of a growing total can take a draw back (the Alabama paradox). A draw that was made stays, and
    the others have that much less.
    """
    shares = shares / shares.sum()
    quotas = ends[:, None] * shares
    counts = np.floor(quotas + 1e-9).astype(np.int64)
    left = ends - counts.sum(axis=1)
    # As in `recipe_lang.program.apportion`: fractions to nine decimals, the earlier task on a tie.
    order = np.argsort(-np.round(quotas - counts, 9), axis=1, kind="stable")
    ranks = np.argsort(order, axis=1, kind="stable")
    counts += ranks < left[:, None]
    if (np.diff(counts, axis=0) < 0).any():
        _keep_growing(counts, quotas)
    return counts


def _keep_growing(counts: np.ndarray, quotas: np.ndarray) -> None:
    for step in range(1, len(counts)):
        short = counts[step - 1] - counts[step]
        counts[step] += np.maximum(short, 0)
        for _ in range(int(np.maximum(short, 0).sum())):
            spare = np.where(counts[step] > counts[step - 1], counts[step] - quotas[step], -np.inf)
            counts[step, int(np.argmax(spare))] -= 1
