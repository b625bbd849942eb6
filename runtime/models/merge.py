"""Adapters merged into their base: in fp32, then cast to the base's own type."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from recipe_lang.program.model import LanguageModel
from runtime.base.files import atomic_folder
from runtime.models.adapters import save_beside, save_weights
from runtime.models.folder import ModelFolder
from runtime.models.load import load
from runtime.models.methods import refuse_to_merge
from runtime.models.precision import file_type


def merge(adapter: Path, folder: ModelFolder, model: LanguageModel, target: Path, template: str | None) -> None:
    """Writes the merged model to `target`, as `transformers` loads it.

    `adapter` is a folder that `save` wrote, `folder` its base. Raises `Stop`: IFT074 for soft prompts, IFT071, 072.
    """
    exact = model.model_copy(update={"precision": "fp32", "weights": "fp32"})
    apart = load(replace(folder, adapters=(*folder.adapters, adapter)), exact, trainable=False)
    refuse_to_merge(apart)
    merged = apart.merge_and_unload(safe_merge=True).to(file_type(folder))
    with atomic_folder(target) as path:
        save_weights(merged, path)
        save_beside(path, folder, template)
