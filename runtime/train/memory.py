"""Running out of memory: the step starts over in smaller micro-batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from runtime.models.memory import if_it_fits
from runtime.train.batch import Sample
from runtime.train.cut import Limit, largest, smaller
from runtime.train.step import Setup, has_engine

Result = TypeVar("Result")


def within_memory(
    attempt: Callable[[Limit], Result], setup: Setup, step: int, samples: Sequence[Sample], limit: Limit
) -> tuple[Result, Limit]:
    """The attempt's result with the first of `limit`, its half, its quarter … that fits, and that limit.

    An attempt that failed leaves no trace: its gradients are dropped, and its random numbers come again.
    Several processes cannot start over alone, as the others wait for them inside the step; nor can DeepSpeed's engine,
    which keeps gradients of its own.
    """
    while True:
        found = if_it_fits(partial(attempt, limit))
        if found is not None:
            return found, limit
        setup.optimizer.zero_grad()
        if setup.accelerator.num_processes > 1 or has_engine(setup):
            problem = fitting.out_of_memory_on_a_device(step, setup.accelerator.process_index)
            raise Stop(problem, exit_code=4)
        lengths = [setup.layout.length(sample) for sample in samples]
        rows = setup.layout.rows(lengths, limit)
        row_lengths = [sum(lengths[i] for i in row) for row in rows]
        widest = largest(row_lengths, limit)
        if len(widest) == len(rows[widest[0]]) == 1:
            failed = samples[rows[widest[0]][0]]
            problem = fitting.out_of_memory(step, setup.layout.length(failed), [failed.row])
            raise Stop(problem, exit_code=4)
        limit = smaller(row_lengths, limit)
