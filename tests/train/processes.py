"""Runs a function in several processes that form a group, as the launcher starts them."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import socket
import traceback
from collections.abc import Callable
from typing import Any

import torch


def in_processes(count: int, work: Callable[[], Any]) -> list[Any]:
    """What `work` returns in each process, in the order of ranks. Forked: nothing is imported again."""
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    port = free_port()
    processes = [context.Process(target=_member, args=(rank, count, port, work, queue)) for rank in range(count)]
    for process in processes:
        process.start()
    results = {rank: pickle.loads(answer) for rank, answer in (queue.get(timeout=120) for _ in processes)}
    for process in processes:
        process.join()
    for result in results.values():
        if isinstance(result, str) and result.startswith("Traceback"):
            raise AssertionError(result)
    return [results[rank] for rank in range(count)]


def _member(rank: int, count: int, port: int, work: Callable[[], Any], queue: Any) -> None:
    # A forked process has none of its parent's threads.
    torch.set_num_threads(1)
    ranks = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count}
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "OMP_NUM_THREADS": 1, "ACCELERATE_USE_CPU": "true"}
    # Threads of the parent that a forked process would wait for.
    address["TOKENIZERS_PARALLELISM"] = "false"
    os.environ.update({name: str(value) for name, value in (ranks | address).items()})
    _forget_single_process()
    try:
        # As bytes: tensors would be shared through the process that is about to end.
        queue.put((rank, pickle.dumps(work())))
    except BaseException:
        queue.put((rank, pickle.dumps(traceback.format_exc())))
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


def _forget_single_process() -> None:
    """The parent's accelerate has settled on one process."""
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(reset_partial_state=True)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
