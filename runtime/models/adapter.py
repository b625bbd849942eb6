"""An adapter's folder as far as it can be known without torch: its config, its one file of weights, its hash."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from runtime.base.hashes import files_sha256
from runtime.models.contents import ADDED_TOKENS, TEMPLATE, read_json, safetensors_header

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_PICKLE = "adapter_model.bin"
_BESIDE = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    ADDED_TOKENS,
    TEMPLATE,
    "generation_config.json",
)
"""Read from an adapter's folder where they are there, in place of the base's."""


class AdapterConfig(BaseModel):
    """What is read of `adapter_config.json` before peft reads all of it.

    The kinds are those whose tensors say all; others read more files, pickles among them. With `megatron_config` peft
    imports a module that the config names.
    """

    peft_type: Literal["LORA", "ADALORA", "IA3", "LOHA", "LOKR", "VERA", "OFT", "PROMPT_TUNING", "PREFIX_TUNING"]
    base_model_name_or_path: str | None = None
    revision: str | None = None
    r: Annotated[int, Field(gt=0)] | None = None
    target_modules: list[str] | str | None = None
    modules_to_save: list[str] | None = None
    megatron_config: None = None


def read_config(folder: Path) -> AdapterConfig:
    """Raises `Stop` (IFT069) for a config of another form or kind."""
    try:
        return AdapterConfig.model_validate(read_json(folder / CONFIG))
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"`{CONFIG}`: `{'.'.join(map(str, first['loc']))}`: {first['msg']}"
        raise Stop(problems.unreadable_model(str(folder), reason)) from error


def hash_of(folder: Path, shown: str) -> str:
    """sha256 over names and contents of all that is read from the folder.

    Raises `Stop` where there are no weights (IFT064), or as a pickle alone (IFT065), or damaged ones (IFT069).
    """
    weights = folder / WEIGHTS
    if not weights.is_file():
        if (folder / _PICKLE).is_file():
            raise Stop(problems.pickled_weights(shown, [_PICKLE]))
        raise Stop(problems.no_model_there(shown, f"the adapter has no `{WEIGHTS}`"))
    safetensors_header(weights)
    return files_sha256([weights, folder / CONFIG, *(file for name in _BESIDE if (file := folder / name).is_file())])
