"""Whether examples in one row see only themselves: asked of the model at hand, before it trains."""

from __future__ import annotations

import inspect
import math

import numpy as np
import torch

from runtime.models.rope import Turn
from runtime.train.attention import APART, USUAL, attend
from runtime.train.batch import MicroBatch, Sample
from runtime.train.layout import Layout

LARGEST_DIFFERENCE = {torch.float32: 1e-3, torch.bfloat16: 3e-2, torch.float16: 1e-2}
"""Of logits packed and alone, as a part of their range: rounding stays below, and a neighbour in view is far above."""


def leak(
    model: torch.nn.Module, base: torch.nn.Module, layout: Layout, vocabulary: int, *, turn: Turn | None = None
) -> float:
    """By how much the logits of three examples in one row differ from those of each alone, as a part of their range;
    0 where that is no more than rounding. With `turn` a fourth is longer than its length.

    `model` is called, in evaluation mode and without gradients; `base` is the `transformers` model inside, with its
    usual attention.
    """
    if "position_ids" not in inspect.signature(type(base).forward).parameters:
        return math.inf
    random, lengths = np.random.default_rng(0), (9, 17, 5) if turn is None else (9, 17, 5, turn.length + 2)
    rows = [(_example(random.integers(vocabulary, size=length)), 0.0) for length in lengths]
    if layout.apart:
        attend(base, APART)
    together = _logits(model, base, layout.batch([rows]))
    alone = torch.cat([_logits(model, base, layout.batch([[row]])) for row in rows])
    if layout.apart:
        attend(base, USUAL)
    difference = float((together - alone).abs().max() / (alone.max() - alone.min()))
    kind = base.device.type
    computed = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else base.dtype
    # A NaN is a difference.
    return 0.0 if difference <= LARGEST_DIFFERENCE.get(computed, 1e-3) else difference


def _example(tokens: np.ndarray) -> Sample:
    return Sample("", tokens.astype(np.int32), np.ones(len(tokens), dtype=bool))


def _logits(model: torch.nn.Module, base: torch.nn.Module, batch: MicroBatch) -> torch.Tensor:
    return model(**batch.to(base.device).inputs, use_cache=False).logits[0].float()
