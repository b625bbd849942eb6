"""Adapters on a loaded model, and the folder that a trained model is saved to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from recipe_lang.program.methods import Method
from recipe_lang.program.model import HubModel
from runtime.base.files import atomic_folder
from runtime.base.reasons import first_line
from runtime.models import lineage
from runtime.models.bases import reference
from runtime.models.exported import rewrite, save_beside, save_weights, write_json
from runtime.models.folder import ModelFolder
from runtime.models.methods import peft_config, refuse_to_merge

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel


def attach(
    model: PreTrainedModel | PeftModel, method: Method, seed: int, new_tokens: Sequence[int] = ()
) -> PreTrainedModel | PeftModel:
    """The model with what the method trains: an adapter in fp32, drawn from `seed`, or for `full` all of its weights.

    `new_tokens` are ids of tokens whose embeddings are trained with an adapter. An adapter that the model came with is
    merged into its weights before, in fp32. Raises `Stop` (IFT074, 075) where the method does not fit the model, or
    what it came with cannot be merged.
    """
    from peft import PeftModel, get_peft_model

    if isinstance(model, PeftModel):
        refuse_to_merge(model)
        model = model.float().merge_and_unload(safe_merge=True)
    if method.kind == "full":
        return model.requires_grad_(True)
    model.requires_grad_(False)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = peft_config(model, method, seed, new_tokens)
        try:
            return get_peft_model(model, config)
        except ValueError as error:  # peft says so itself of layers that it has no form for
            reason = first_line(error)
            raise Stop(problems.method_does_not_fit(method.kind, model.config.model_type, reason)) from error


def save(model: PreTrainedModel | PeftModel, target: Path, folder: ModelFolder, template: str | None) -> None:
    """Writes `model/`: weights or adapter, with the tokenizer, chat template and stop tokens that it was trained with.

    `folder` is the model that was trained from; `template` the chat template as trained. Whole or absent; the same
    state gives the same bytes. Raises `Stop` (IFT071, 072) where the disk refuses.
    """
    from peft import PeftModel

    with atomic_folder(target) as path:
        if isinstance(model, PeftModel):
            _save_adapter(model, path, folder, target.parent)
        else:
            save_weights(model, path)
        save_beside(path, folder, template)


def _save_adapter(model: PeftModel, path: Path, folder: ModelFolder, run: Path) -> None:
    # "auto" would ask the hub for the base's vocabulary; rows of new tokens are saved as such, not whole embeddings.
    model.save_pretrained(path, save_embedding_layers=False)
    (path / "README.md").unlink(missing_ok=True)
    base = {
        "base_model_name_or_path": reference(folder, run),
        "revision": folder.source.revision if isinstance(folder.source, HubModel) else None,
    }
    rewrite(path / "adapter_config.json", update=base)
    write_json(path / lineage.FILE, lineage.Base(source=folder.source, hash=folder.hash).model_dump(mode="json"))
