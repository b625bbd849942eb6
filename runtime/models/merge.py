"""Adapters merged into their base: in fp32, then cast to the base's own type."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import torch

from recipe_lang.program.model import LanguageModel
from recipe_lang.program.results import Merged
from runtime.base.files import atomic_folder
from runtime.models.exported import save_beside, save_weights
from runtime.models.folder import ModelFolder
from runtime.models.load import load
from runtime.models.methods import refuse_to_merge
from runtime.models.precision import file_type


def merge(adapter: Path, folder: ModelFolder, model: LanguageModel, target: Path, template: str | None) -> Merged:
    """Writes the merged model to `target`, as `transformers` loads it. Returns what the cast cost.

    `adapter` is a folder that `save` wrote, `folder` its base. Raises `Stop`: IFT074 for soft prompts, IFT071, 072.
    """
    exact = model.model_copy(update={"precision": "fp32", "weights": "fp32"})
    apart = load(replace(folder, adapters=(*folder.adapters, adapter)), exact, trainable=False)
    refuse_to_merge(apart)
    merged = apart.merge_and_unload(safe_merge=True)
    kind = file_type(folder)
    rounding = relative_rounding(merged, kind)
    merged.to(kind)
    with atomic_folder(target) as path:
        save_weights(merged, path)
        save_beside(path, folder, template)
    return Merged(type=str(kind).removeprefix("torch."), rounding=rounding)


@torch.no_grad()
def relative_rounding(model: torch.nn.Module, kind: torch.dtype) -> float:
    """Norm of what a cast to `kind` changes in the weights, relative to theirs."""
    lost = whole = 0.0
    for weight in model.parameters():
        lost += torch.linalg.vector_norm(weight - weight.to(kind), dtype=torch.float64).item() ** 2
        whole += torch.linalg.vector_norm(weight, dtype=torch.float64).item() ** 2
    return math.sqrt(lost / whole)
