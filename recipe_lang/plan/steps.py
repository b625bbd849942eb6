"""Examples, optimiser steps and warm-up of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from recipe_lang.program.train import Duration, Train


@dataclass(frozen=True, slots=True)
class Steps:
    """`examples` over the whole run make `steps` optimiser steps; the last one may be short."""

    examples: int
    steps: int
    epochs: float
    warmup: int


def count_steps(train: Train, epoch_size: int, tokens_per_example: float, drawable: float = math.inf) -> Steps:
    """`epoch_size` in examples; `tokens_per_example` is the mean over what an epoch draws. After `drawable` examples
    nothing more is drawn, and the run ends.

    >>> train = Train.model_construct(batch=32, duration=Duration(amount=3, unit="epoch"), warmup=0.05)
    >>> count_steps(train, epoch_size=1000, tokens_per_example=180.0)  # 93.75 steps, 4.7 of them to warm up
    Steps(examples=3000, steps=94, epochs=3.0, warmup=5)
    """
    examples = int(min(_examples(train.duration, train.batch, epoch_size, tokens_per_example), drawable))
    steps = math.ceil(examples / train.batch)
    return Steps(examples, steps, examples / epoch_size if epoch_size else 0.0, warmup_steps(train.warmup, steps))


def _examples(duration: Duration, batch: int, epoch_size: int, tokens_per_example: float) -> int:
    match duration.unit:
        case "epoch":
            return round(duration.amount * epoch_size)
        case "step":
            return int(duration.amount) * batch
        case "token":
            return math.ceil(duration.amount / tokens_per_example) if tokens_per_example else 0


def warmup_steps(warmup: float | int, steps: int) -> int:
    """A whole number is steps, a fraction is a part of the run, rounded up so that a warm-up is never lost.

    >>> warmup_steps(0.03, 1000), warmup_steps(0.03, 10), warmup_steps(0, 10)
    (30, 1, 0)
    """
    return warmup if isinstance(warmup, int) else math.ceil(warmup * steps - 1e-9)
