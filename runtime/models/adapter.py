"""An adapter's folder as far as it can be known without torch: its config, its one file of weights, its hash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

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
    exclude_modules: list[str] | str | None = None
    feedforward_modules: list[str] | str | None = None
    layers_pattern: list[str] | str | None = None
    rank_pattern: dict[str, Any] | None = None
    alpha_pattern: dict[str, Any] | None = None
    megatron_config: None = None

    def patterns(self) -> Iterator[tuple[str, str]]:
        """Setting and text of all that peft takes for a regular expression."""
        for setting in ("target_modules", "exclude_modules", "feedforward_modules"):
            if isinstance(pattern := getattr(self, setting), str):
                yield setting, pattern
        for setting in ("modules_to_save", "layers_pattern", "rank_pattern", "alpha_pattern"):
            found = getattr(self, setting) or ()
            yield from ((setting, pattern) for pattern in ([found] if isinstance(found, str) else found))


def read_config(folder: Path) -> AdapterConfig:
    """Raises `Stop` (IFT069) for a config of another form or kind."""
    return read_json(folder / CONFIG, AdapterConfig)


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
