"""When checkpoints and evaluations are due: what the plan tells and the engine does."""

from __future__ import annotations

import math

from recipe_lang.program.values import Cadence


def due_steps(every: Cadence, *, steps: int, epoch_size: int, batch: int) -> frozenset[int]:
    """Steps (1 to `steps`) at which a cadence fires: the first at or past each multiple of it.

    >>> half = Cadence(amount=0.5, unit="epoch")
    >>> sorted(due_steps(half, steps=10, epoch_size=50, batch=10))  # an epoch is five steps
    [3, 5, 8, 10]
    >>> sorted(due_steps(Cadence(amount=4, unit="step"), steps=10, epoch_size=50, batch=10))
    [4, 8]
    """
    period = every.amount if every.unit == "step" else every.amount * epoch_size / batch
    if period <= 0:
        return frozenset()
    fires = (math.ceil(k * period - 1e-9) for k in range(1, math.floor(steps / period + 1e-9) + 1))
    return frozenset(step for step in fires if step <= steps)
