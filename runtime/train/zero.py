"""DeepSpeed's ZeRO: what its engine is told, and whole tensors out of its shards and back.

The engine gets the loop's own optimiser and gradients. It shards what they hold, reduces, clips and updates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
import torch.nn.functional as F

from recipe_lang.program.train import Train
from runtime.base.files import Json


def configuration(train: Train, precision: str) -> Json:
    """DeepSpeed's configuration. `precision`: bf16 or fp32."""
    settings: Json = {
        "zero_optimization": {"stage": train.distribute.stage},
        # The loop cuts steps, weighs them and says where they end; the engine divides by none of these.
        "train_micro_batch_size_per_gpu": 1,
        "gradient_accumulation_steps": 1,
        "gradient_clipping": train.clip_norm or 0.0,
    }
    if precision != "fp32":
        # As without DeepSpeed: weights stay what they are stored in, gradients are reduced in their type.
        settings["torch_autocast"] = {"enabled": True, "dtype": "bfloat16", "lower_precision_safe_modules": []}
    return settings


def whole(parameter: torch.Tensor) -> torch.Tensor:
    """A copy of a sharded parameter (stage 3); every process has to ask for it."""
    from deepspeed.runtime.zero import GatheredParameters

    with GatheredParameters([parameter]):
        return parameter.detach().clone()


def write(parameter: torch.Tensor, tensor: torch.Tensor) -> None:
    """Every process calls this, with the same `tensor`."""
    from deepspeed.runtime.zero import GatheredParameters

    with GatheredParameters([parameter], modifier_rank=0):
        parameter.copy_(tensor)


def states(optimizer: Any, parameters: Mapping[str, torch.Tensor]) -> Iterator[tuple[str, str, torch.Tensor]]:
    """Key, parameter and tensor of ZeRO's optimiser, gathered; every process has to ask for all of them."""
    from deepspeed.utils import safe_get_full_optimizer_state

    if not _sharded(parameters):
        _link(optimizer)
    # Every process holds a part of each group, and all groups the same keys and steps.
    held = next(iter(optimizer.optimizer.state.values()), {})
    for key, value in held.items():
        for name, parameter in parameters.items():
            yield key, name, value if value.ndim == 0 else safe_get_full_optimizer_state(parameter, key)


def load_states(
    optimizer: Any, parameters: Mapping[str, torch.Tensor], tensors: Mapping[tuple[str, str], torch.Tensor]
) -> None:
    """The inverse of `states`; takes over the weights that were loaded, too."""
    from deepspeed.utils import safe_set_full_optimizer_state, safe_set_local_optimizer_state

    sharded = _sharded(parameters)
    numbers = {key: tensor for (key, _), tensor in tensors.items() if tensor.ndim == 0}
    moments = {key for key, _ in tensors} - numbers.keys()
    for flat in optimizer.fp32_partitioned_groups_flat if sharded else optimizer.single_partition_of_fp32_groups:
        state = {key: tensor.to(flat.device, copy=True) for key, tensor in numbers.items()}
        optimizer.optimizer.state[flat] = state | {key: torch.zeros_like(flat) for key in moments}
    if not sharded:
        _link(optimizer)
    for (key, name), tensor in tensors.items():
        parameter = parameters[name]
        if key in moments and sharded:
            # The function for whole tensors takes none whose length processes do not divide.
            safe_set_local_optimizer_state(parameter, _part(parameter, tensor), key)
        elif key in moments:
            safe_set_full_optimizer_state(parameter, tensor.to(parameter.device), key)
    optimizer.refresh_fp32_params()


def _sharded(parameters: Mapping[str, torch.Tensor]) -> bool:
    """Whether weights are (stage 3)."""
    return any(hasattr(parameter, "ds_id") for parameter in parameters.values())


def _link(optimizer: Any) -> None:
    """Tells parameters where their states are. The engine does so once the first group has states, and only then."""
    from deepspeed.utils import lazy_init_hp_params_optimizer_state

    for group, flat in zip(optimizer.bit16_groups, optimizer.single_partition_of_fp32_groups, strict=True):
        lazy_init_hp_params_optimizer_state(group, flat, optimizer.optimizer.state)


def _part(parameter: Any, tensor: torch.Tensor) -> torch.Tensor:
    """This process's part of a whole tensor, padded, as stage 3 deals them out."""
    size, rank = parameter.partition_numel(), torch.distributed.get_rank()
    padded = F.pad(tensor.flatten(), (0, size * torch.distributed.get_world_size() - tensor.numel()))
    return padded[size * rank : size * (rank + 1)].to(parameter.device)
