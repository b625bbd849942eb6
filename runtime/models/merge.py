"""Adapters merged into their base: in fp32, then cast to the base's own type, and what the cast costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from recipe_lang.program.program import LanguageModel
from runtime.base.files import atomic_folder
from runtime.base.seeds import seed
from runtime.models.adapters import save_beside, save_weights
from runtime.models.folder import ModelFolder
from runtime.models.load import load
from runtime.models.methods import refuse_to_merge
from runtime.models.precision import file_type

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_PROBES, _PROBE_LENGTH = 4, 32


@dataclass(frozen=True, slots=True)
class Merged:
    """Relative norms of differences; the logits are of random tokens, computed in fp32."""

    merge_error: float
    """Logits of the merged fp32 weights against base and adapter apart."""
    cast_error: float
    """Logits of the cast weights against the merged fp32 ones."""
    weight_error: float
    """The cast weights against the merged fp32 ones."""


def merge(adapter: Path, folder: ModelFolder, model: LanguageModel, target: Path, template: str | None) -> Merged:
    """Writes the merged model to `target`, as `transformers` loads it, and says how far it is from the adapted one.

    `adapter` is a folder that `save` wrote, `folder` its base. Raises `Stop`: IFT074 for soft prompts, IFT071, 072.
    """
    exact = model.model_copy(update={"precision": "fp32", "weights": "fp32"})
    apart = load(replace(folder, adapters=(*folder.adapters, adapter)), exact, trainable=False)
    refuse_to_merge(apart)
    probe = _probe(folder)
    expected = _logits(apart, probe)
    merged = apart.merge_and_unload(safe_merge=True)
    found = _logits(merged, probe)
    weights = [weight.clone() for weight in merged.parameters()]
    merged.to(file_type(folder))
    with atomic_folder(target) as path:
        save_weights(merged, path)
        save_beside(path, folder, template)
    merged.float()
    return Merged(
        merge_error=_distance([found], [expected]),
        cast_error=_distance([_logits(merged, probe)], [found]),
        weight_error=_distance(list(merged.parameters()), weights),
    )


def _probe(folder: ModelFolder) -> torch.Tensor:
    """Random token ids, the same for every model with this vocabulary."""
    generator = torch.Generator().manual_seed(seed(0, "merge", "probe"))
    return torch.randint(folder.config["vocab_size"], (_PROBES, _PROBE_LENGTH), generator=generator)


@torch.no_grad()
def _logits(model: PreTrainedModel, probe: torch.Tensor) -> torch.Tensor:
    inputs = {"decoder_input_ids": probe} if model.config.is_encoder_decoder else {"use_cache": False}
    return model(input_ids=probe, attention_mask=torch.ones_like(probe), **inputs).logits


@torch.no_grad()
def _distance(found: Sequence[torch.Tensor], expected: Sequence[torch.Tensor]) -> float:
    """The norm of the differences, relative to that of what was expected."""
    apart = sum(float((a.double() - b.double()).square().sum()) for a, b in zip(found, expected, strict=True))
    return (apart / sum(float(b.double().square().sum()) for b in expected)) ** 0.5
