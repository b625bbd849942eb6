"""The learning rate of every step, as a pure function: nothing is stepped, so nothing can be stepped twice.

(A prepared scheduler that steps once a process ends its decay at steps / processes: huggingface/accelerate#2926.)
"""

from __future__ import annotations

import math

from recipe_lang.program.optimizers import Schedule


def learning_rate(step: int, *, peak: float, steps: int, warmup: int, schedule: Schedule) -> float:
    """The rate of optimiser step `step` (1 to `steps`).

    Warm-up is linear and never zero; step `warmup + 1` is the first at the peak. What follows ends one step before
    its floor, so that the last step still learns.

    >>> from recipe_lang.program.optimizers import Cosine
    >>> linear = Cosine(kind="linear")
    >>> [learning_rate(step, peak=1.0, steps=10, warmup=2, schedule=linear) for step in (1, 2, 3, 7, 10)]
    [0.3333333333333333, 0.6666666666666666, 1.0, 0.5, 0.125]
    """
    if step <= warmup:
        return peak * step / (warmup + 1)
    passed = (step - warmup - 1) / (steps - warmup)
    return peak * _decay(passed, schedule)


def _decay(passed: float, schedule: Schedule) -> float:
    """The part of the peak after `passed` (0 to 1) of the steps behind the warm-up."""
    match schedule.kind:
        case "constant":
            return 1.0
        case "linear":
            left = 1.0 - passed
        case "cosine":
            left = 0.5 * (1.0 + math.cos(math.pi * passed))
        case "wsd":
            # Warm-up, stable, decay (arXiv:2404.06395): flat, then a straight line.
            left = min(1.0, (1.0 - passed) / schedule.decay)
    floor = schedule.floor
    return floor + (1.0 - floor) * left
