"""A program's models: their folders, and in memory with what is to be trained. The same in every process of a run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.document import Plan
from recipe_lang.program.model import LanguageModel, PathModel
from recipe_lang.program.program import Program
from runtime.base.hashes import files_sha256
from runtime.base.progress import Progress
from runtime.base.seeds import seed
from runtime.models.folder import ModelFolder, model_folder
from runtime.models.scratch import SHAPES
from runtime.models.vocabulary import new_token_ids, with_new_tokens

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel


def model_folders(program: Program, root: Path, *, fetch: bool, progress: Progress) -> dict[str, ModelFolder]:
    """Model → folder; without those that are not at hand, where `fetch` is False.

    The model that is trained begins with the weights of `start_from`, and knows `new_tokens`.
    """
    folders: dict[str, ModelFolder] = {}
    for name, declared in program.models.items():
        train = program.train if program.train and program.train.model == name else None
        source, pointer = declared, f"/models/{name}"
        if train and train.start_from:
            source, pointer = _of_run(declared, train.start_from.folder), "/train/start_from"
        folder = model_folder(source, root, fetch=fetch, progress=progress, pointer=pointer)
        if folder is not None:
            folders[name] = with_new_tokens(folder, train.new_tokens) if train and train.new_tokens else folder
    return folders


def _of_run(declared: LanguageModel, run: str) -> LanguageModel:
    return declared.model_copy(update={"source": PathModel(path=f"{run}/model")})


def load_model(
    plan: Plan, folders: Mapping[str, ModelFolder], name: str, progress: Progress, *, on_host: bool = False
) -> PreTrainedModel:
    """The model as it is before training, on this process's device; or for it, `on_host`.

    Raises `Stop` (IFT753) where memory does not hold it.
    """
    from runtime.models.load import load
    from runtime.models.memory import if_it_fits
    from runtime.models.precision import device_here

    device, stored = device_here(), _stored(plan, name)
    drawn = seed(plan.program.seed, "weights", name)
    reading = partial(
        load, folders[name], plan.program.models[name], device=device, on_host=on_host, seed=drawn, **stored
    )
    with progress.task(f"loading {name}"):
        model = if_it_fits(reading)
    if model is None:
        raise Stop(fitting.model_does_not_fit(name, device.type), exit_code=4)
    return model


def untouched_weights(plan: Plan, folders: Mapping[str, ModelFolder], name: str) -> dict[str, Any]:
    """All that decides which numbers `load_model` gives, and what the model computes with them: where this is the same,
    they are."""
    from runtime.models.precision import device_here, storage_type

    folder, declared, stored = folders[name], plan.program.models[name], _stored(plan, name)
    drawn = (folder.path / SHAPES).is_file() or bool(folder.new_tokens)
    return {
        "hash": folder.hash,
        "kind": declared.kind,
        "code": files_sha256(folder.path.glob("*.py")) if declared.allow_remote_code else None,
        "new_tokens": list(folder.new_tokens),
        "seed": seed(plan.program.seed, "weights", name) if drawn else None,
        "type": str(storage_type(declared, folder, trainable=stored["trainable"], device=device_here())),
        "bits": [stored["bits"], declared.precision, version("bitsandbytes")] if stored["bits"] else None,
    }


def _stored(plan: Plan, name: str) -> dict[str, Any]:
    """How the weights are stored, for what is to come of them."""
    from runtime.models.methods import bits

    train = plan.program.train
    if train is None or train.model != name:
        return {"trainable": False, "bits": None}
    return {"trainable": train.method.kind == "full", "bits": bits(train.method)}


def to_device(plan: Plan, model: PreTrainedModel | PeftModel) -> None:
    """Moves the trained model, loaded on the host, to this process's device. Raises `Stop` (IFT753) where that does not
    hold it."""
    from runtime.models.memory import if_it_fits
    from runtime.models.methods import bits
    from runtime.models.precision import device_here

    device, train = device_here(), plan.program.train
    # Quantised weights are made where they stay.
    if bits(train.method) is None and if_it_fits(partial(model.to, device)) is None:
        raise Stop(fitting.model_does_not_fit(train.model, device.type), exit_code=4)


def with_method(plan: Plan, folders: Mapping[str, ModelFolder], model: PreTrainedModel) -> PreTrainedModel | PeftModel:
    """The trained model with what its method trains."""
    from runtime.models.adapters import attach

    train = plan.program.train
    drawn = seed(plan.program.seed, "adapter")
    return attach(model, train.method, drawn, new_token_ids(folders[train.model]))
