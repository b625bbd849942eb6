"""Memory: what compiled kernels may hold; running out of it, told apart from other errors, and what the attempt held is
given back."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import torch
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.exhausted import is_out_of_memory as exhausted

Result = TypeVar("Result")

_KERNELS = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "128", "LRU_CACHE_CAPACITY": "16"}
"""Kernels that oneDNN keeps, and those of them that keep room to work in. A micro-batch takes some thirty."""


def bound_kernels() -> None:
    """To be called before a process computes anything.

    On a processor, half precision has a kernel for each shape: of a thousand, which is the default, with their room to
    work in, a process that has met many lengths holds a gigabyte.
    """
    for name, most in _KERNELS.items():
        os.environ.setdefault(name, most)


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


def must_fit(attempt: Callable[[], Result], problem: Diagnostic) -> Result:
    """What the attempt gives. Raises `Stop` with `problem` where memory does not last, and nothing can be halved."""
    try:
        return attempt()
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise Stop(problem, exit_code=4) from error


def is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or should_reduce_batch_size(error) or exhausted(error)
