"""A program's models in memory, with what is to be trained. The same in every process of a run."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.program import Program
from runtime.base.files import Json
from runtime.base.hashes import files_sha256
from runtime.base.seeds import seed
from runtime.models.adapters import attach
from runtime.models.load import load
from runtime.models.memory import must_fit
from runtime.models.methods import bits
from runtime.models.precision import device_here, storage_type
from runtime.models.scratch import SHAPES
from runtime.models.vocabulary import new_token_ids
from runtime.session import Session

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel


def load_model(session: Session, name: str, *, on_host: bool = False) -> PreTrainedModel:
    """The model as it is before training, on this process's device; or for it, `on_host`.

    Raises `Stop`: IFT753 where memory does not hold it, IFT780 where its files have changed since it was planned with.
    """
    program, device = session.program, device_here()
    trainable, few = _stored(program, name)
    how = {"device": device, "on_host": on_host, "seed": seed(program.seed, "weights", name)}
    reading = partial(load, session.folders[name], program.models[name], trainable=trainable, bits=few, **how)
    with session.progress.task(f"loading {name}"):
        model = must_fit(reading, fitting.model_does_not_fit(name, device.type))
    session.verify_model(name)
    return model


def untouched_weights(session: Session, name: str) -> Json:
    """All that decides which numbers `load_model` gives, and what the model computes with them: where this is the same,
    they are."""
    program, folder = session.program, session.folders[name]
    declared, (trainable, few) = program.models[name], _stored(program, name)
    drawn = (folder.path / SHAPES).is_file() or bool(folder.new_tokens)
    return {
        "hash": folder.hash,
        "kind": declared.kind,
        "code": files_sha256(folder.path.glob("*.py")) if declared.allow_remote_code else None,
        "new_tokens": list(folder.new_tokens),
        "seed": seed(program.seed, "weights", name) if drawn else None,
        "type": str(storage_type(declared, folder, trainable=trainable, device=device_here())),
        "bits": [few, declared.precision, version("bitsandbytes")] if few else None,
    }


def _stored(program: Program, name: str) -> tuple[bool, int | None]:
    """How the weights are stored, for what is to come of them: to be trained themselves, and in how many bits."""
    train = program.train
    if train is None or train.model != name:
        return False, None
    return train.method.kind == "full", bits(train.method)


def to_device(session: Session, model: PreTrainedModel | PeftModel) -> None:
    """Moves the trained model, loaded on the host, to this process's device. Raises `Stop` (IFT753) where that does not
    hold it."""
    device, train = device_here(), session.program.train
    # Quantised weights are made where they stay.
    if bits(train.method) is None:
        must_fit(partial(model.to, device), fitting.model_does_not_fit(train.model, device.type))


def with_method(session: Session, model: PreTrainedModel) -> PreTrainedModel | PeftModel:
    """The trained model with what its method trains."""
    train, drawn = session.program.train, seed(session.program.seed, "adapter")
    return attach(model, train.method, drawn, new_token_ids(session.folders[train.model]))
