"""Running out of memory: the step starts over in smaller micro-batches."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence

import torch
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from runtime.train.batch import Sample
from runtime.train.cut import Limit
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
        lengths = [setup.layout.length(sample) for sample in samples]
        if setup.accelerator.num_processes > 1:
            problem = fitting.out_of_memory_on_a_device(step, setup.accelerator.process_index)
            raise Stop(problem, exit_code=4) from failure
        if max(lengths) >= limit.area or limit.examples == 1:
            longest = max(range(len(samples)), key=lambda i: lengths[i])
            raise Stop(fitting.out_of_memory(step, lengths[longest], [samples[longest].row]), exit_code=4) from failure
        limit = limit.halved()


def is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or should_reduce_batch_size(error)
