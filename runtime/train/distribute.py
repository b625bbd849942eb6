"""Several devices: the accelerator that a recipe asks for, and proof that it is the one that it got."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import (
    DeepSpeedPlugin,
    DistributedDataParallelKwargs,
    DistributedType,
    FullyShardedDataParallelPlugin,
    InitProcessGroupKwargs,
)
from torch.distributed import distributed_c10d
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy
from torch.distributed.tensor import DTensor

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting, store
from recipe_lang.program.train import Fsdp, Train
from runtime.models.precision import TYPES, device_here
from runtime.train import zero

COPIES = frozenset(kind for kind in DistributedType if kind.value.startswith("MULTI_")) | {DistributedType.NO}
WAIT = timedelta(days=1)
"""That processes wait for one another where one may be busy for longer: loading, an evaluation, a checkpoint. A process
that ends is noticed at once, by the launcher."""
STEP = timedelta(minutes=30)
"""That they wait inside a step, where all do the same: beyond that a device or the network hangs."""


def make_accelerator(train: Train, precision: str, *, experts: bool) -> Accelerator:
    """`precision`: bf16, fp16 or fp32. `experts`: a step may leave some parameters without a gradient.

    Raises `Stop` where accelerate gives another way of sharing the work than was asked for: given FSDP's plugin on a
    CPU it trains plain copies without a word, and given fp16 there it trains in fp32.
    """
    accelerator = _made(train, precision, experts=experts)
    if accelerator.mixed_precision != "no" and not accelerator.native_amp:
        raise Stop(store.precision_does_not_fit(precision, store.NO_FP16_HERE), exit_code=4)
    if accelerator.num_processes > 1:
        wait_for_all()
        distributed_c10d._set_pg_timeout(STEP)
    return accelerator


def wait_for_all() -> None:
    """Between steps, before processes tell each other what one of them may still be at work on."""
    if distributed_c10d.is_initialized() and distributed_c10d.get_world_size() > 1:
        distributed_c10d.barrier(group=_patient())


@cache
def _patient() -> distributed_c10d.ProcessGroup:
    """A group beside the main one, whose patience ends with a step's."""
    return distributed_c10d.new_group(timeout=WAIT)


def _made(train: Train, precision: str, *, experts: bool) -> Accelerator:
    # accelerate keeps one state a process; an earlier run of a sweep may have had another compute type.
    AcceleratorState._reset_state()
    mixed = "no" if precision == "fp32" else precision
    asked, group = train.distribute.kind if train.distribute else "ddp", InitProcessGroupKwargs(timeout=WAIT)
    match asked:
        case "fsdp":
            if train.distribute.offload and (device := device_here().type) != "cpu":
                group.backend = backends(device)
            plugin = sharding(train.distribute, precision)
            accelerator = Accelerator(mixed_precision=mixed, fsdp_plugin=plugin, kwargs_handlers=[group])
            expected = {DistributedType.FSDP}
        case "deepspeed":
            # The model is loaded by now, and the engine computes in what its own configuration says. Left to choose,
            # accelerate finds no processes to talk to on a CPU.
            plugin = DeepSpeedPlugin(hf_ds_config=zero.configuration(train, precision), zero3_init_flag=False)
            group.backend = None if torch.accelerator.is_available() else "gloo"
            accelerator = Accelerator(deepspeed_plugin=plugin, kwargs_handlers=[group])
            expected = {DistributedType.DEEPSPEED}
        case "ddp":
            copies = DistributedDataParallelKwargs(
                broadcast_buffers=False,
                gradient_as_bucket_view=True,
                # A dropped module has no gradients, as an expert that no token went to has none.
                find_unused_parameters=experts or bool(train.method.peft_options().get("module_dropout")),
            )
            accelerator = Accelerator(mixed_precision=mixed, kwargs_handlers=[copies, group])
            expected = COPIES
    if accelerator.distributed_type not in expected:
        raise Stop(fitting.not_distributed(asked, accelerator.distributed_type.value), exit_code=4)
    return accelerator


def sharding(declared: Fsdp, precision: str) -> FullyShardedDataParallelPlugin:
    """`shard = full`: weights, gradients and optimiser states; `grads`: weights stay whole between forward and
    backward. Gradients are summed over processes in fp32, whatever is computed in: accelerate would do it in bf16."""
    return FullyShardedDataParallelPlugin(
        fsdp_version=2,
        reshard_after_forward=declared.shard == "full",
        cpu_offload=declared.offload,
        auto_wrap_policy="transformer_based_wrap",
        mixed_precision_policy=MixedPrecisionPolicy(param_dtype=TYPES[precision], reduce_dtype=torch.float32),
    )


def backends(device: str) -> str:
    """Of a group that also talks about what lies on the CPU, such as offloaded gradients when their norm is taken."""
    return f"{device}:{torch.distributed.get_default_backend_for_device(device)},cpu:gloo"


def any_process(accelerator: Accelerator, so: bool) -> bool:
    """Whether it is so on any process; the same answer on all of them, which have to ask together."""
    if accelerator.num_processes == 1:
        return so
    return bool(accelerator.reduce(torch.tensor(int(so), device=accelerator.device), "sum"))


@contextmanager
def without_training(model: torch.nn.Module) -> Iterator[None]:
    """Evaluation mode, and no gradients. A forward that no backward follows leaves some of a sharded model's weights
    whole, where the optimiser does not know them: they are sharded again."""
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module in model.modules():
            if isinstance(module, FSDPModule):
                module.reshard()
        model.train()


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """A sharded tensor gathered; every process has to ask for it."""
    if hasattr(tensor, "ds_id"):
        return zero.whole(tensor)
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
