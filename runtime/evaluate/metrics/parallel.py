"""Row-wise work in pure Python, spread over the cores where there is enough of it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

PART = 250
"""Rows handed out at once."""
WORTHWHILE = 3_000
"""Rows from which starting another process (about two seconds) pays."""


def over_rows(
    work: Callable[[Sequence[Item], tuple], list[Result]], items: Sequence[Item], arguments: tuple
) -> list[Result]:
    """`work(items, arguments)` for a `work` that treats its items one by one; results in the order of `items`.

    This process works from the front while others start up and work from the back. They are spawned, not forked:
    a fork of a process in which torch has started threads may hang.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores < 2 or len(items) < WORTHWHILE or multiprocessing.current_process().daemon:
        return work(items, arguments)
    parts = [items[start : start + PART] for start in range(0, len(items), PART)]
    with ProcessPoolExecutor(cores - 1, mp_context=multiprocessing.get_context("spawn")) as pool:
        elsewhere = [pool.submit(work, part, arguments) for part in reversed(parts)][::-1]
        here = {i: work(part, arguments) for i, part in enumerate(parts) if elsewhere[i].cancel()}
        found = [here[i] if i in here else future.result() for i, future in enumerate(elsewhere)]
    return [result for part in found for result in part]
