"""Weights and optimiser states as named tensors, and back."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.distributed.tensor import DTensor, distribute_tensor

from runtime.train import zero
from runtime.train.distribute import whole


def trained_weights(model: torch.nn.Module, *, keep: bool = True) -> dict[str, torch.Tensor]:
    """Parameters that are trained, by name, whole and on the CPU.

    Sharded ones are gathered, so every process calls this, and those that do not `keep` get nothing.
    """
    gathered = ((name, whole(parameter).detach()) for name, parameter in _trained(model).items())
    return {name: tensor.cpu().contiguous() for name, tensor in gathered if keep}


def load_weights(model: torch.nn.Module, weights: dict[str, torch.Tensor]) -> None:
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, tensor in weights.items():
            if hasattr(parameters[name], "ds_id"):
                zero.write(parameters[name], tensor)
            else:
                parameters[name].copy_(_shared_as(parameters[name], tensor))


def optimizer_tensors(
    optimizer: torch.optim.Optimizer, model: torch.nn.Module, *, keep: bool = True
) -> dict[str, torch.Tensor]:
    """The optimiser's state as `KEY:PARAMETER` → tensor, gathered as weights are. Numbers become fp64 tensors without
    dimensions."""
    # A copy: states may share memory, which safetensors refuses to write.
    states = ((f"{key}:{name}", tensor) for key, name, tensor in _states(optimizer, model))
    return {name: tensor.detach().cpu().clone().contiguous() for name, tensor in states if keep}


def _states(optimizer: torch.optim.Optimizer, model: torch.nn.Module) -> Iterator[tuple[str, str, torch.Tensor]]:
    if _is_zero(optimizer):
        yield from zero.states(optimizer, _trained(model))
        return
    names = {parameter: name for name, parameter in model.named_parameters()}
    # Not its `state_dict`: that of bitsandbytes hides tensors in a dictionary of its own.
    for parameter, states in optimizer.state.items():
        for key, value in states.items():
            tensor = whole(value) if isinstance(value, torch.Tensor) else torch.tensor(value, dtype=torch.float64)
            yield key, names[parameter], tensor


def load_optimizer(optimizer: torch.optim.Optimizer, model: torch.nn.Module, tensors: dict[str, torch.Tensor]) -> None:
    """The inverse of `optimizer_tensors`; to be called once weights are loaded."""
    if _is_zero(optimizer):
        zero.load_states(optimizer, _trained(model), {_key_and_name(full): tensor for full, tensor in tensors.items()})
        return
    names = _names(optimizer, model)
    indices = {name: index for index, name in names.items()}
    parameters = dict(model.named_parameters())
    states: dict[int, dict[str, object]] = {}
    for full, tensor in tensors.items():
        key, name = _key_and_name(full)
        number = tensor.dtype == torch.float64 and tensor.ndim == 0
        states.setdefault(indices[name], {})[key] = _number(tensor) if number else _shared_as(parameters[name], tensor)
    optimizer.load_state_dict({"state": states, "param_groups": optimizer.state_dict()["param_groups"]})


def _shared_as(parameter: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
    """A whole tensor, sharded over processes as its parameter is."""
    if not isinstance(parameter, DTensor) or tensor.shape != parameter.shape:
        return tensor
    return distribute_tensor(tensor.to(parameter.device), parameter.device_mesh, parameter.placements)


def _number(tensor: torch.Tensor) -> int | float:
    value = tensor.item()
    return int(value) if value == int(value) else value


def _trained(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def _key_and_name(full: str) -> tuple[str, str]:
    key, _, name = full.partition(":")
    return key, name


def _is_zero(optimizer: object) -> bool:
    """DeepSpeed's, around the optimiser that was made."""
    return not isinstance(optimizer, torch.optim.Optimizer)


def _names(optimizer: torch.optim.Optimizer, model: torch.nn.Module) -> dict[int, str]:
    """Places in the optimiser's parameter list → names in the model."""
    by_parameter = {id(parameter): name for name, parameter in model.named_parameters()}
    listed = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    return {index: by_parameter[id(parameter)] for index, parameter in enumerate(listed)}
