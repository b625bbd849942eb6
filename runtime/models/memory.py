"""Running out of memory: told apart from other errors, and what the attempt held is given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size

Result = TypeVar("Result")


def if_it_fits(attempt: Callable[[], Result]) -> Result | None:
    """What the attempt gives; None where memory did not last, and then nothing of it is left there."""
    try:
        return attempt()
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    # Outside of `except`, where the traceback no longer holds the attempt's tensors.
    clear_device_cache(garbage_collection=True)
    return None


def is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or should_reduce_batch_size(error)
