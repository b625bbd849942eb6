"""Running out of memory: the step starts over in smaller micro-batches."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence

import torch
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from runtime.train.batch import Sample
from runtime.train.cut import Limit, largest, smaller
from runtime.train.step import Losses, Setup


def within_memory(
    attempt: Callable[[Limit], Losses], setup: Setup, step: int, samples: Sequence[Sample], limit: Limit
) -> tuple[Losses, Limit]:
    """The attempt's result with the first of `limit`, its half, its quarter … that fits, and that limit.

    An attempt that failed leaves no trace: its gradients are dropped, and its random numbers come again.
    Several processes cannot start over alone, as the others wait for them inside the step.
    """
    while True:
        try:
            return attempt(limit), limit
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            failure = error.with_traceback(None)
        # Outside of `except`, where the traceback no longer holds the step's tensors.
        setup.optimizer.zero_grad()
        gc.collect()
        clear_device_cache()
        if setup.accelerator.num_processes > 1:
            problem = fitting.out_of_memory_on_a_device(step, setup.accelerator.process_index)
            raise Stop(problem, exit_code=4) from failure
        lengths = [setup.layout.length(sample) for sample in samples]
        rows = setup.layout.rows(lengths, limit)
        row_lengths = [sum(lengths[i] for i in row) for row in rows]
        widest = largest(row_lengths, limit)
        if len(widest) == len(rows[widest[0]]) == 1:
            failed = samples[rows[widest[0]][0]]
            problem = fitting.out_of_memory(step, setup.layout.length(failed), [failed.row])
            raise Stop(problem, exit_code=4) from failure
        limit = smaller(row_lengths, limit)


def is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or should_reduce_batch_size(error)
