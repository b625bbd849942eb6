"""The loss, always ours: weighted cross-entropy summed over labelled positions.

Weights carry the normalisation (`runtime.train.batch.label_weights`), so the sum over all micro-batches and processes
of a step is the step's loss, however the step was cut.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

from runtime.models.methods import virtual_positions
from runtime.train.batch import MicroBatch


@dataclass(frozen=True, slots=True)
class Heads:
    """What a model's forward takes and gives, beside its input."""

    selects: bool
    """It takes `logits_to_keep`, and computes logits at those positions only."""
    virtual: int
    """Positions that the method puts before each row (prompt tuning)."""
    router: float | None
    """Weight of a mixture of experts' own loss, where the model's config asks for it."""


def heads_of(model: torch.nn.Module, base: Any) -> Heads:
    """`base` is the `transformers` model inside `model`."""
    routed = getattr(base.config, "output_router_logits", False)
    return Heads(
        selects="logits_to_keep" in inspect.signature(type(base).forward).parameters,
        virtual=virtual_positions(model),
        router=base.config.router_aux_loss_coef if routed else None,
    )


def micro_batch_loss(
    model: torch.nn.Module, batch: MicroBatch, heads: Heads, *, smoothing: float, share: float
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """This micro-batch's part of the step's loss, and of the router's loss: scalars with gradient.

    Goes through the prepared model's own forward: an inner module would bypass gradient synchronisation, autocast and
    output scales. `share` is the micro-batch's part of the step, which the router's loss, a mean, is weighted by.
    """
    logits, output = label_logits(model, batch, heads)
    loss = weighted_cross_entropy(logits, batch.targets, batch.weights, smoothing=smoothing)
    return loss, None if heads.router is None else heads.router * share * output.aux_loss


def label_logits(model: torch.nn.Module, batch: MicroBatch, heads: Heads) -> tuple[torch.Tensor, Any]:
    """Logits at labels (labels × vocabulary), and all that the model's forward gave."""
    keep = F.pad(batch.keep, (heads.virtual, 0))
    selected = {"logits_to_keep": keep} if heads.selects else {}
    output = model(**batch.inputs, **selected, use_cache=False)
    return output.logits if heads.selects else output.logits[keep], output


def weighted_cross_entropy(
    logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, *, smoothing: float = 0.0
) -> torch.Tensor:
    """Σ weight × cross-entropy, in fp32 at least. `logits`: labels × vocabulary; `targets`, `weights`: labels.

    >>> logits = torch.tensor([[0.0, 0.0], [0.0, 0.0]])  # sure of nothing: ln 2 a label
    >>> weighted_cross_entropy(logits, torch.tensor([0, 1]), torch.tensor([0.5, 0.5]))
    tensor(0.6931)
    """
    if logits.dtype in (torch.bfloat16, torch.float16):
        logits = logits.float()
    each = F.cross_entropy(logits, targets, reduction="none", label_smoothing=smoothing)
    return (each * weights.to(each.dtype)).sum()
