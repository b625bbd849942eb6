"""Adapters on a loaded model, and the folder that a trained model is saved to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING

import torch

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from recipe_lang.program.methods import Method
from recipe_lang.program.model import HubModel
from runtime.base.files import Json, atomic_folder
from runtime.models import lineage
from runtime.models.chat import lock_variables
from runtime.models.folder import ModelFolder
from runtime.models.methods import peft_config, refuse_to_merge

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

_SETS = ("target_modules", "feedforward_modules", "modules_to_save", "exclude_modules")
"""Lists of an adapter's config whose order has no meaning, and that peft writes in the order of a set."""
_FROM_THE_MACHINE = ("_name_or_path", "transformers_version")


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
            reason = str(error).strip().splitlines()[0]
            raise Stop(problems.method_does_not_fit(method.kind, model.config.model_type, reason)) from error


def save(model: PreTrainedModel | PeftModel, target: Path, folder: ModelFolder, template: str | None) -> None:
    """Writes `model/`: weights or adapter, with the tokenizer, chat template and stop tokens that it was trained with.

    `folder` is the model that was trained from; `template` the chat template as trained. Whole or absent; the same
    state gives the same bytes. Raises `Stop` (IFT071, 072) where the disk refuses.
    """
    from peft import PeftModel

    with atomic_folder(target) as path:
        if isinstance(model, PeftModel):
            _save_adapter(model, path, folder)
        else:
            save_weights(model, path)
        save_beside(path, folder, template)


def save_weights(model: PreTrainedModel, path: Path) -> None:
    """Config and safetensors, without what depends on the machine."""
    model.save_pretrained(path)
    _rewrite(path / "config.json", drop=_FROM_THE_MACHINE)


def save_beside(path: Path, folder: ModelFolder, template: str | None) -> None:
    """The tokenizer, the chat template and the generation config, next to weights in `path`."""
    copyfile(folder.tokenizer_json, path / "tokenizer.json")
    _write(path / "tokenizer_config.json", {k: v for k, v in folder.tokenizer_config.items() if k != "chat_template"})
    if template is not None:
        (path / "chat_template.jinja").write_text(lock_variables(template, folder.chat_variables), encoding="utf-8")
    if folder.generation_config:
        _write(path / "generation_config.json", folder.generation_config)


def _save_adapter(model: PeftModel, path: Path, folder: ModelFolder) -> None:
    # "auto" would ask the hub for the base's vocabulary; rows of new tokens are saved as such, not whole embeddings.
    model.save_pretrained(path, save_embedding_layers=False)
    (path / "README.md").unlink(missing_ok=True)
    base = {
        "base_model_name_or_path": lineage.name(folder.source),
        "revision": folder.source.revision if isinstance(folder.source, HubModel) else None,
    }
    _rewrite(path / "adapter_config.json", update=base)
    _write(path / lineage.FILE, lineage.Base(source=folder.source, hash=folder.hash).model_dump(mode="json"))


def _rewrite(path: Path, *, update: Json | None = None, drop: Sequence[str] = ()) -> None:
    """Puts a library's JSON into its canonical form: sorted keys, sorted sets, nothing of this machine."""
    content = {name: value for name, value in json.loads(path.read_text()).items() if name not in drop}
    content |= {name: sorted(content[name]) for name in _SETS if isinstance(content.get(name), list)}
    _write(path, content | (update or {}))


def _write(path: Path, content: Json) -> None:
    path.write_text(json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
