"""Drawing: which examples make which optimiser step.

What is drawn follows from the seed, the shares and the position alone, so any step can be asked for first, and the
answer does not depend on the number of devices or on what was drawn before.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from recipe_lang.program.draws import Draws, WhenExhausted
from recipe_lang.program.figures import Figures
from runtime.base.seeds import seed
from runtime.data.draws.shuffle import permutation


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
        self._counts = [counts[name] for name in self.tasks]
        self._draws = Draws(list(shares.values()), self._counts, when_exhausted)
        self._examples, self._batch = int(min(train.examples, self._draws.most)), train.examples_per_step
        self._drawn = np.zeros((len(self) + 1, len(self.tasks)), dtype=np.int64)
        """Of each task in the first steps; each row follows from the one before."""
        self._known = 0
        self._order = lru_cache(maxsize=2 * len(self.tasks))(self._permutation)

    def __len__(self) -> int:
        return -(-self._examples // self._batch)

    def step(self, number: int) -> list[tuple[str, int]]:
        """(task, example index) of every example of a step, in a seeded order."""
        if not 1 <= number <= len(self):
            raise IndexError(number)
        before, after = self._until(number - 1), self._until(number)
        drawn = [
            (name, self._example(task, place))
            for task, name in enumerate(self.tasks)
            for place in range(before[task], after[task])
        ]
        order = permutation(len(drawn), seed(self._seed, "draws", "step", str(number)))
        return [drawn[place] for place in order.tolist()]

    def _until(self, steps: int) -> list[int]:
        while self._known < steps:
            before, self._known = self._drawn[self._known].tolist(), self._known + 1
            end = min(self._known * self._batch, self._examples)
            self._drawn[self._known] = self._draws.after(before, end)
        return self._drawn[steps].tolist()

    def _example(self, task: int, place: int) -> int:
        turn, at = divmod(place, self._counts[task])
        return int(self._order(task, turn)[at])

    def _permutation(self, task: int, turn: int) -> np.ndarray:
        return permutation(self._counts[task], seed(self._seed, "draws", self.tasks[task], str(turn)))
