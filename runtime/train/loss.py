"""The loss, always ours: weighted cross-entropy summed over labelled positions.

Weights carry the normalisation (`runtime.train.batch.label_weights`), so the sum over all micro-batches and processes
of a step is the step's loss, however the step was cut.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from runtime.train.batch import MicroBatch


def micro_batch_loss(model: torch.nn.Module, batch: MicroBatch, *, smoothing: float, selects: bool) -> torch.Tensor:
    """This micro-batch's part of the step's loss, a scalar with gradient.

    Goes through the prepared model's own forward: an inner module would bypass gradient synchronisation, autocast and
    output scales. `selects` says that forward computes logits at kept positions only (`selects_logits`).
    """
    inputs = batch.inputs | {"logits_to_keep": batch.keep} if selects else batch.inputs
    logits = model(**inputs, use_cache=False).logits
    if not selects:
        logits = logits[batch.keep]
    return weighted_cross_entropy(logits, batch.targets, batch.weights, smoothing=smoothing)


def weighted_cross_entropy(
    logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, *, smoothing: float = 0.0
) -> torch.Tensor:
    """Σ weight × cross-entropy, in fp32 at least. `logits`: labels × vocabulary; `targets`, `weights`: labels."""
    if logits.dtype in (torch.bfloat16, torch.float16):
        logits = logits.float()
    each = F.cross_entropy(logits, targets, reduction="none", label_smoothing=smoothing)
    return (each * weights.to(each.dtype)).sum()
