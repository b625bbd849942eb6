"""The layers of a loaded model that an adapter can change: linear ones, its output head, and the weights of experts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems


@dataclass(frozen=True, slots=True)
class Adapted:
    """Sorted endings of full names, as peft takes them."""

    modules: list[str]
    parameters: list[str]
    """Experts, whose matrices stand in one parameter of three dimensions."""
    transposed: bool
    """The modules are GPT-2's `Conv1D`, which stores inputs before outputs."""


def adapted_layers(model: nn.Module, targets: Sequence[str] | None) -> Adapted:
    """All linear layers but the output head, or what ends with `targets`: linear layers, the head, experts.

    Raises `Stop` (IFT075) for targets that end the name of none of them.
    """
    linear, experts = dict(_linear(model)), list(_experts(model))
    if targets is None:
        return _adapted(linear, _endings(model, linear), [])
    head = model.get_output_embeddings()
    modules = [*linear, *(name for name, part in model.named_modules() if part is head)]
    chosen = [target for target in targets if any(_ends(name, target) for name in modules)]
    missing = [t for t in targets if t not in chosen and not any(_is_of(name, t) for name in experts)]
    if missing:
        raise Stop(problems.unknown_targets(missing, [*_endings(model, linear), *_short(experts)]))
    return _adapted(linear, chosen, [name for name in experts if any(_is_of(name, target) for target in targets)])


def _adapted(linear: dict[str, nn.Module], chosen: Sequence[str], experts: Sequence[str]) -> Adapted:
    kinds = [part for name, part in linear.items() if any(_ends(name, target) for target in chosen)]
    return Adapted(sorted(chosen), _short(experts), any(not isinstance(part, nn.Linear) for part in kinds))


def feed_forward_names(model: nn.Module) -> set[str]:
    """Names of the last linear layer of each feed-forward block, whose input (IA)³ scales (arXiv:2205.05638, 3.3)."""
    inside = [name for name, _ in _linear(model) if any(part in name for part in (".mlp.", ".DenseReluDense.", ".fc"))]
    last = {name.rpartition(".")[0]: name.rpartition(".")[2] for name in inside}
    return set(last.values())


def _linear(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Without the head, and without two that are more than linear: layers that give something else, as Llama 4's
    router, and what leaves a Mamba block, whose weight its kernels read past any adapter."""
    from transformers.pytorch_utils import Conv1D

    head, modules = model.get_output_embeddings(), dict(model.named_modules())
    for name, part in modules.items():
        if not isinstance(part, nn.Linear | Conv1D) or part is head or not _gives_a_vector(part):
            continue
        above, _, last = name.rpartition(".")
        if last == "out_proj" and hasattr(modules[above], "conv1d") and hasattr(modules[above], "D"):
            continue
        yield name, part


def _gives_a_vector(part: nn.Module) -> bool:
    """Asked of layers of a model's own kind: Falcon's are linear, Llama 4's router is one and gives more."""
    if not type(part).__module__.startswith("transformers.models."):
        return True
    try:
        with torch.no_grad():
            given = part(part.weight.new_zeros(1, part.in_features))
    except (RuntimeError, ValueError, IndexError, TypeError, AttributeError):  # its inputs are others
        return False
    return isinstance(given, torch.Tensor) and given.shape == (1, part.out_features)


def _experts(model: nn.Module) -> Iterator[str]:
    """Full names of parameters that hold a matrix for each expert."""
    for name, module in model.named_modules():
        if "expert" in f"{name} {type(module).__name__}".lower() and not isinstance(module, nn.Linear):
            for own, parameter in module.named_parameters(recurse=False):
                if parameter.ndim == 3:
                    yield f"{name}.{own}"


def _endings(model: nn.Module, linear: dict[str, nn.Module]) -> list[str]:
    """The shortest that name these layers and no other part of the model."""
    others = [name.split(".") for name, _ in model.named_modules() if name not in linear]
    taken = {".".join(parts[start:]) for parts in others for start in range(len(parts))}
    found = set()
    for name in linear:
        parts = name.split(".")
        endings = (".".join(parts[-count:]) for count in range(1, len(parts) + 1))
        found.add(next(ending for ending in endings if ending not in taken))
    return sorted(found)


def _short(names: Sequence[str]) -> list[str]:
    """The last two parts of each name, once."""
    return sorted({".".join(name.split(".")[-2:]) for name in names})


def _ends(name: str, target: str) -> bool:
    return f".{name}".endswith(f".{target}")


def _is_of(expert: str, target: str) -> bool:
    """A target names a parameter of experts, or with `experts` all of them."""
    return _ends(expert, target) or _ends(expert.rpartition(".")[0], target)
