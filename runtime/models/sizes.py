"""A model's sizes under the names that `transformers` has for all of them, whatever its config.json calls them."""

from __future__ import annotations

import ast
import json
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from runtime.base.documents import Unreadable, content
from runtime.base.files import Json
from runtime.base.quiet import quiet_libraries
from runtime.base.reasons import first_line
from runtime.base.store import entry

NAMES = (
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "vocab_size",
    "max_position_embeddings",
)
ENCODER_LAYERS = "num_encoder_layers"
"""Beside these, of models with two sides: their own `num_hidden_layers` are then the decoder's."""
DECODER_POSITIONS = "max_decoder_position_embeddings"
"""The same of those whose decoder has fewer positions than their encoder: LED's."""
_ALSO = {
    "intermediate_size": ("ffn_dim", "d_ff", "ffn_hidden_size", "n_inner"),
    "num_key_value_heads": ("num_heads_kv",),
    "head_dim": ("d_kv",),
    "max_position_embeddings": ("max_encoder_position_embeddings", "max_seq_len"),
}
"""Names that `transformers` has no other for."""
_FILE = "sizes.json"


def sizes(folder: Path, config: Json) -> Json:
    """Those of `NAMES` that are known, of the part that reads and writes text, and whether it is an encoder-decoder.

    `config` is the folder's config.json. What it leaves to `transformers` is asked there once and kept in the store; a
    model with code of its own is known by what it writes down itself. Raises `Stop` (IFT069) where no version of a
    model that `transformers` has is described.
    """
    if _states_all(config):
        return {name: config[name] for name in NAMES} | {"is_encoder_decoder": False}
    written = json.dumps(config, sort_keys=True)
    key = sha256(f"{version('transformers')} {written}".encode()).hexdigest()

    def ask(target: Path) -> None:
        (target / _FILE).write_text(json.dumps(_asked(folder, config)), "utf-8")

    path = entry(f"sizes/{key}", ask)
    return json.loads((path / _FILE).read_text("utf-8"))


def text_config(config: Any) -> Any:
    """The part of a loaded config that is of the model that writes text."""
    try:
        return config.get_text_config(decoder=True)
    except ValueError:  # more than one part does
        return config


def _states_all(config: Json) -> bool:
    parts = any(isinstance(value, dict) and "model_type" in value for value in config.values())
    stated = all(type(config.get(name)) is int and config[name] > 0 for name in NAMES)
    return stated and not parts and not config.get("is_encoder_decoder")


def _asked(folder: Path, config: Json) -> Json:
    quiet_libraries()
    from transformers import AutoConfig

    try:
        whole = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # a model's config is code of its own, and says in many ways what it does not take
        if config.get("auto_map"):
            return _written_down(folder, config)
        raise Stop(problems.unreadable_model(str(folder), f"`config.json`: {first_line(error)}")) from error
    text = _side(whole, "decoder")
    found = {name: size(text, name) for name in NAMES}
    if whole.is_encoder_decoder:
        found["num_hidden_layers"] = size(text, "num_decoder_layers") or found["num_hidden_layers"]
        found[ENCODER_LAYERS] = size(_side(whole, "encoder"), "num_hidden_layers")
        found["max_position_embeddings"] = size(whole, "max_position_embeddings") or found["max_position_embeddings"]
        found[DECODER_POSITIONS] = size(whole, DECODER_POSITIONS)
    found |= {"is_encoder_decoder": bool(whole.is_encoder_decoder)}
    return {name: value for name, value in found.items() if value is not None}


def _written_down(folder: Path, config: Json) -> Json:
    """The sizes of a model with code of its own, under the names that this code maps, or that GPT-2's does."""
    from transformers import GPT2Config

    names = GPT2Config.attribute_map | _attribute_map(folder, config["auto_map"])
    found = {name: config.get(name, config.get(names.get(name))) for name in NAMES}
    return {name: value for name, value in found.items() if type(value) is int and value > 0}


def _attribute_map(folder: Path, auto_map: Any) -> dict[str, str]:
    """What a config's class says of its names, read and not run."""
    named = auto_map.get("AutoConfig") if isinstance(auto_map, dict) else None
    module, _, kind = str(named).rpartition(".")
    if not module.isidentifier():
        return {}
    try:
        tree = ast.parse(content(folder / f"{module}.py"))
        own = next(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == kind)
        values = (
            node.value
            for node in own.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and "attribute_map" in ast.unparse(node).partition("=")[0]
        )
        return {str(name): str(other) for name, other in ast.literal_eval(next(values)).items()}
    except (Unreadable, SyntaxError, ValueError, TypeError, AttributeError, RecursionError, MemoryError, StopIteration):
        return {}  # another repository's code, or none that can be read


def _side(whole: Any, side: str) -> Any:
    """The config of one side of an encoder-decoder; of any other model its text's."""
    from transformers import PreTrainedConfig

    part = getattr(whole, side, None)
    try:
        return part.get_text_config() if isinstance(part, PreTrainedConfig) else whole.get_text_config(**{side: True})
    except ValueError:  # more than one part reads text
        return whole


def size(config: Any, name: str) -> int | None:
    """A loaded config's, by transformers' name. Where layers differ, the largest of them; a number below one says that
    there is none."""
    values = next((v for n in (name, *_ALSO.get(name, ())) if (v := _value(config, n)) is not None), None)
    numbers = values if isinstance(values, list | tuple) and values else [values]
    return max(numbers) if all(type(number) is int and number > 0 for number in numbers) else None


def _value(config: Any, name: str) -> Any:
    try:
        return getattr(config, name, None)
    except RuntimeError:  # what may differ from layer to layer has no value of the whole
        return [getattr(layer, name, None) for layer in config.per_layer_config]
