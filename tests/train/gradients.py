"""Gradients by definition, to compare the engine's with: each example alone, full logits, no padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
import torch.nn.functional as F

from runtime.models.methods import base_model
from runtime.train.attention import USUAL, attend
from runtime.train.batch import Sample


def by_definition(model: torch.nn.Module, samples: Sequence[Sample], loss: str) -> tuple[float, torch.Tensor]:
    """Loss and gradient (flat) of a step: the mean over labels, or over examples of the mean over their labels."""
    model.zero_grad()
    losses = [label_losses(model, sample) for sample in samples]
    if loss == "per_token":
        value = torch.cat(losses).mean()
    else:
        value = torch.stack([each.mean() for each in losses if len(each)]).mean()
    value.backward()
    return value.item(), flat_gradient(model)


def label_losses(model: torch.nn.Module, sample: Sample) -> torch.Tensor:
    tokens, trained = torch.from_numpy(sample.tokens).long(), torch.from_numpy(sample.trained)
    if model.config.is_encoder_decoder:
        labels = tokens[trained]
        shifted = torch.cat([torch.tensor([model.config.decoder_start_token_id]), labels[:-1]])
        prompt = tokens[~trained][None]
        mask = torch.ones_like(prompt)
        output = model(input_ids=prompt, attention_mask=mask, decoder_input_ids=shifted[None], use_cache=False)
        logits = output.logits[0]
        return F.cross_entropy(logits, labels, reduction="none")
    # Virtual tokens of a soft prompt stand before the row's own.
    with usual_attention(model):
        logits = model(input_ids=tokens[None], use_cache=False).logits[0][-len(tokens) :]
    each = F.cross_entropy(logits[:-1], tokens[1:], reduction="none")
    return each[trained[1:]]


@contextmanager
def usual_attention(model: torch.nn.Module) -> Iterator[None]:
    """transformers' own, in a model that a setup may have given the engine's."""
    base = base_model(model)
    own = base.config._attn_implementation
    attend(base, USUAL)
    yield
    attend(base, own)


def flat_gradient(model: torch.nn.Module) -> torch.Tensor:
    trained = [p for p in model.parameters() if p.requires_grad]
    return torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in trained]).clone()


def difference(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Norm of the difference, relative to the expected norm."""
    return ((found - expected).norm() / expected.norm()).item()
