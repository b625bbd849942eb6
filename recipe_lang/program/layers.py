"""Which of a model's weights are linear layers, as far as names and shapes say, and which layers a target names."""

from __future__ import annotations

import re
from collections.abc import Sequence

_OTHER = re.compile(r"embed|wte|wpe|shared(?!_expert)|relative_attention_bias|position|norm|(^|\.)ln_", re.IGNORECASE)
_EXPERTS = re.compile(r"(^|\.)experts\.|moe\.(input|output)_linear", re.IGNORECASE)
_APART = re.compile(r"(^|\.)lm_head\.|\.experts\.\d")


def is_linear(weight: str, shape: Sequence[int] | None = None) -> bool:
    """Whether a weight is a linear layer's, by its full name and, where it is known, its shape."""
    flat = shape is not None and len(shape) != 2
    return weight.endswith(".weight") and not flat and not _OTHER.search(weight)


def is_adapted(weight: str, shape: Sequence[int]) -> bool:
    """Whether a method without targets adapts it: neither the output head nor experts, which loaded models hold in one
    weight of three dimensions."""
    return is_linear(weight, shape) and not _APART.search(weight)


def is_expert(weight: str, shape: Sequence[int]) -> bool:
    """Whether a weight is of experts that an adapter without targets does not reach."""
    return bool(_EXPERTS.search(weight)) and len(shape) > 1 and not is_adapted(weight, shape)


def names_layer(target: str, layer: str) -> bool:
    """Whether an adapter's target is this layer. Both are endings of full names: either may be the longer one."""
    return f".{layer}".endswith(f".{target}") or f".{target}".endswith(f".{layer}")
