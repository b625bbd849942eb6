"""The arithmetic of an evaluation: the model set to evaluate, and the type that it computes in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from runtime.models.precision import TYPES, compute_precision


@contextmanager
def computing(model: Any, precision: str | None) -> Iterator[str]:
    """Yields the name of the compute type; dropout is off inside, and the model is as before afterwards.

    `fp32` turns half-precision weights to fp32 for the time, which loses nothing on the way back. Half precision on
    fp32 weights is autocast; a row's figures then depend on the batch it stands in. Quantised weights stay as they are.
    Autocast keeps no copies of weights, which would be half as large as the model.
    """
    training = model.training
    used = compute_precision(precision, model.device)
    floating = {name: p.dtype for name, p in model.named_parameters() if p.is_floating_point()}
    half = {name: dtype for name, dtype in floating.items() if dtype != torch.float32}
    try:
        model.eval()
        if used == "fp32":
            _convert(model, dict.fromkeys(half, torch.float32))
            yield used
        else:
            with torch.autocast(model.device.type, dtype=TYPES[used], cache_enabled=False):
                yield used
    finally:
        if used == "fp32":
            _convert(model, half)
        model.train(training)


def _convert(model: Any, types: dict[str, torch.dtype]) -> None:
    parameters = dict(model.named_parameters())
    for name, dtype in types.items():
        parameters[name].data = parameters[name].data.to(dtype)
