"""Running out of memory: told apart from other errors, and what the attempt held is given back. Few kernels kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import torch
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size

Result = TypeVar("Result")


def keep_few_kernels() -> None:
    """On a CPU, half precision compiles a kernel for every new shape, half a megabyte each, of which oneDNN and torch's
    layer over it would keep the last 1,024. Both read this once, before the first of them. Who sets a number means it.
    """
    for cache in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
        os.environ.setdefault(cache, "128")


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
