"""Several examples in one row, each seeing only itself."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence

import torch

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from runtime.train.batch import Sample, causal_batch

LARGEST_DIFFERENCE = {torch.float32: 1e-3, torch.bfloat16: 3e-2, torch.float16: 1e-2}
"""Of logits packed and alone, as a part of their range: rounding stays below, and a neighbour in view is far above."""


def pack(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Positions of `lengths` in rows of at most `capacity` tokens (a longer one has a row of its own): first fit, the
    longest first, and a row in the order of its lengths."""
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    rows: list[list[int]] = []
    room: list[int] = []
    for i in order:
        fits = next((r for r, left in enumerate(room) if lengths[i] <= left), None)
        if fits is None:
            rows.append([i])
            room.append(capacity - lengths[i])
        else:
            rows[fits].append(i)
            room[fits] -= lengths[i]
    return rows


def check_isolation(model: torch.nn.Module, base: torch.nn.Module, samples: Sequence[Sample], pad: int) -> None:
    """Raises `Stop` where three packed samples get other logits than each alone.

    `model` is called, in evaluation mode; `base` is the `transformers` model inside.
    """
    if "position_ids" not in inspect.signature(type(base).forward).parameters:
        raise Stop(fitting.packing_leaks(math.inf), exit_code=4)
    rows = [(sample, 0.0) for sample in samples[:3]]
    device = next(base.parameters()).device
    with torch.no_grad():
        together = _logits(model, causal_batch([rows], pad=pad, packed=True).inputs, device)
        alone = [_logits(model, causal_batch([[row]], pad=pad).inputs, device) for row in rows]
    apart = torch.cat(alone)
    difference = float((together - apart).abs().max() / (apart.max() - apart.min()))
    computed = torch.get_autocast_dtype(device.type) if torch.is_autocast_enabled(device.type) else base.dtype
    # A comparison that a NaN fails.
    if not difference <= LARGEST_DIFFERENCE.get(computed, 1e-3):
        raise Stop(fitting.packing_leaks(difference), exit_code=4)


def _logits(model: torch.nn.Module, inputs: dict[str, torch.Tensor], device: torch.device) -> torch.Tensor:
    moved = {name: tensor.to(device) for name, tensor in inputs.items()}
    return model(**moved, use_cache=False).logits[0].float()
