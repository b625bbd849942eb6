"""The arithmetic of an evaluation: the model set to evaluate, and the type that it computes in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F

from runtime.models.precision import TYPES, compute_precision

PART = 4 * 2**20
"""Weights cast at once: 8 MB of half precision."""


@contextmanager
def computing(model: Any, precision: str | None) -> Iterator[str]:
    """Yields the name of the compute type; dropout is off inside, and the model is as before afterwards.

    `fp32` turns half-precision weights to fp32 for the time, which loses nothing on the way back. Half precision on
    fp32 weights is autocast; a row's figures then depend on the batch it stands in. Quantised weights stay as they are.
    Autocast keeps no copies of weights, which would be half as large as the model, and casts the output head, the
    largest of them, part by part.
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
            with torch.autocast(model.device.type, dtype=TYPES[used], cache_enabled=False), _head_by_parts(model):
                yield used
    finally:
        if used == "fp32":
            _convert(model, half)
        model.train(training)


@contextmanager
def _head_by_parts(model: Any) -> Iterator[None]:
    """An output head in fp32, too large to be cast at once, gives its logits for some tokens of the vocabulary after
    the others: the same numbers, for each is a row's product with one row of weights."""
    head = model.get_output_embeddings()
    plain = type(head) is torch.nn.Linear and "forward" not in vars(head)
    if not plain or head.weight.dtype != torch.float32 or head.weight.numel() <= PART:
        yield
        return

    def forward(hidden: torch.Tensor) -> torch.Tensor:
        parts, at = head.weight.split(max(1, PART // head.in_features)), 0
        logits = None
        for weight in parts:
            bias = None if head.bias is None else head.bias[at : at + len(weight)]
            found = F.linear(hidden, weight, bias)
            if logits is None:
                logits = found.new_empty(*found.shape[:-1], head.out_features)
            logits[..., at : at + len(weight)] = found
            at += len(weight)
        return logits

    head.forward = forward
    try:
        yield
    finally:
        del head.forward


def _convert(model: Any, types: dict[str, torch.dtype]) -> None:
    parameters = dict(model.named_parameters())
    for name, dtype in types.items():
        parameters[name].data = parameters[name].data.to(dtype)
