"""Several devices: the accelerator that a recipe asks for, and proof that it is the one that it got."""

from __future__ import annotations

from datetime import timedelta

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import (
    DistributedDataParallelKwargs,
    DistributedType,
    FullyShardedDataParallelPlugin,
    InitProcessGroupKwargs,
)
from torch.distributed.tensor import DTensor

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.program import Distribute, Train

COPIES = frozenset(kind for kind in DistributedType if kind.value.startswith("MULTI_")) | {DistributedType.NO}
WAIT = timedelta(days=1)
"""That processes wait for one another: between steps, one's part of an evaluation may take longer than another's by
more than a backend's default of minutes. A process that ends is noticed at once, by the launcher."""


def make_accelerator(train: Train, precision: str, *, experts: bool) -> Accelerator:
    """`precision`: bf16, fp16 or fp32. `experts`: a step may leave some parameters without a gradient.

    Raises `Stop` where accelerate gives another way of sharing the work than was asked for: given FSDP's plugin on a
    CPU it trains plain copies without a word.
    """
    # accelerate keeps one state a process; an earlier run of a sweep may have had another compute type.
    AcceleratorState._reset_state()
    mixed = "no" if precision == "fp32" else precision
    declared, group = train.distribute, InitProcessGroupKwargs(timeout=WAIT)
    if declared is not None and declared.kind == "fsdp":
        accelerator = Accelerator(mixed_precision=mixed, fsdp_plugin=sharding(declared), kwargs_handlers=[group])
        if accelerator.distributed_type != DistributedType.FSDP:
            raise Stop(fitting.not_distributed("fsdp", accelerator.distributed_type.value), exit_code=4)
        return accelerator
    copies = DistributedDataParallelKwargs(
        broadcast_buffers=False,
        gradient_as_bucket_view=True,
        # A dropped module has no gradients, as an expert that no token went to has none.
        find_unused_parameters=experts or bool(train.method.options.get("module_dropout")),
    )
    accelerator = Accelerator(mixed_precision=mixed, kwargs_handlers=[copies, group])
    asked = declared.kind if declared is not None else "ddp"
    if asked != "ddp" or accelerator.distributed_type not in COPIES:
        raise Stop(fitting.not_distributed(asked, accelerator.distributed_type.value), exit_code=4)
    return accelerator


def sharding(declared: Distribute) -> FullyShardedDataParallelPlugin:
    """`shard = full`: weights, gradients and optimiser states; `grads`: weights stay whole between forward and
    backward."""
    return FullyShardedDataParallelPlugin(
        fsdp_version=2,
        reshard_after_forward=declared.options["shard"] == "full",
        cpu_offload=bool(declared.options["offload"]),
        auto_wrap_policy="transformer_based_wrap",
    )


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """A sharded tensor gathered; every process has to ask for it."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
