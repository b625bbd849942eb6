"""The arithmetic of an evaluation: the model set to evaluate, and the type that it computes in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

_TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


@contextmanager
def computing(model: Any, precision: str | None) -> Iterator[str]:
    """Yields the name of the compute type; dropout is off inside, and the model is as before afterwards.

    `fp32` turns half-precision weights to fp32 for the time, which loses nothing on the way back. Half precision on
    fp32 weights is autocast; a row's figures then depend on the batch it stands in.
    """
    training = model.training
    used = precision or default_precision(model.device)
    half = {name: p.dtype for name, p in model.named_parameters() if p.dtype != torch.float32}
    try:
        model.eval()
        if used == "fp32":
            _convert(model, dict.fromkeys(half, torch.float32))
            yield used
        else:
            with torch.autocast(model.device.type, dtype=_TYPES[used]):
                yield used
    finally:
        if used == "fp32":
            _convert(model, half)
        model.train(training)


def default_precision(device: torch.device) -> str:
    """bf16 where the device computes in it: accelerators that say so, CPUs with AVX512-BF16 or AMX."""
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    if device.type == "cpu":
        return "bf16" if torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported() else "fp32"
    return "fp32"


def _convert(model: Any, types: dict[str, torch.dtype]) -> None:
    parameters = dict(model.named_parameters())
    for name, dtype in types.items():
        parameters[name].data = parameters[name].data.to(dtype)
