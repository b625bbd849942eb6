"""What the check knows of a model: its folder inside the repository as far as its config and the names of its weights
go, else the lock.

Files are read with limits, links followed first: nothing outside the repository is opened, and what cannot be read as
what it should be says nothing. The engine says so when it loads the model.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_lang.check.guarded import read, repository
from recipe_lang.program.layers import is_expert, is_linear, names_layer
from recipe_lang.program.model import PathChat, PathModel, ScratchModel, WheelModel

if TYPE_CHECKING:
    from recipe_lang.check.result import Recipe

CONFIG_LIMIT = 1 << 20
HEADER_LIMIT = 8 << 20
TOKENIZER_LIMIT = 64 << 20
"""Bytes. A model of 70 billion weights has about 1,000 names, of 100 bytes each."""

_UNLISTED = ("lm_head",)
"""Linear layers that a lock does not list."""


@dataclass(frozen=True, slots=True)
class KnownModel:
    layers: tuple[str, ...] | None
    """Names of linear layers, or endings of them; None where they are not known."""
    experts: bool
    """It has experts, whose weights a loaded model holds together and under other names than its files."""
    unlisted: tuple[str, ...]
    """Words whose layers `layers` leaves out."""
    context: int | None
    """Longest input in tokens."""
    architecture: str
    witness: str
    """Where this stands, in words."""

    def has_layer(self, target: str) -> bool:
        """Whether an adapter finds its target."""
        if self.layers is None or self.experts or any(word in target for word in self.unlisted):
            return True
        return any(names_layer(target, layer) for layer in self.layers)


def known_model(recipe: Recipe, name: str) -> KnownModel | None:
    """None where neither a folder nor the lock says anything."""
    return recipe.once(("model files", name), lambda: _local(recipe, name) or _locked(recipe, name))


def _locked(recipe: Recipe, name: str) -> KnownModel | None:
    facts = recipe.locked_model(name)
    if facts is None:
        return None
    return KnownModel(
        tuple(facts.linear_layers), facts.experts > 0, _UNLISTED, facts.context, facts.architecture, "the recipe's lock"
    )


def file_hashes(recipe: Recipe, name: str) -> dict[str, str | None]:
    """Hashes of a lock's entry that follow from the recipe and from files inside the repository, by their names there.

    They are `runtime.models`'s own: of `tokenizer.json`, of the chat template's text, of a file in a wheel.
    """
    model, train = recipe.model(name), recipe.train
    trained = train if train is not None and train.model == name else None
    # Training may begin with the files of an earlier run, or with a tokenizer that was given tokens.
    own = trained is None or trained.start_from is None
    found: dict[str, str | None] = {}
    if isinstance(model.source, WheelModel) and model.source.sha256 is not None and own:
        found["hash"] = model.source.sha256
    if isinstance(model.source, PathModel) and own and not (trained and trained.new_tokens):
        folder = recipe.folder / model.source.path
        # Beside a GGUF file alone it is not the one that is read.
        if any(folder.glob("*.safetensors")):
            found |= _hashed("tokenizer_hash", _bytes(folder / "tokenizer.json", recipe, 0, TOKENIZER_LIMIT))
    if model.chat is None:
        found["chat_template_hash"] = None
    elif isinstance(model.chat, PathChat):
        template = _bytes(recipe.folder / model.chat.path, recipe, 0, TOKENIZER_LIMIT)
        found |= _hashed("chat_template_hash", template.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    return found


def _hashed(name: str, content: bytes) -> dict[str, str]:
    return {name: sha256(content).hexdigest()} if 0 < len(content) <= TOKENIZER_LIMIT else {}


def _local(recipe: Recipe, name: str) -> KnownModel | None:
    source = recipe.model(name).source
    match source:
        case PathModel():
            path = recipe.folder / source.path / "config.json"
        case ScratchModel():
            path = recipe.folder / source.config
        case _:
            return None
    config = _json(path, recipe, CONFIG_LIMIT)
    if not config:
        return None
    text = config.get("text_config")
    config |= text if isinstance(text, dict) else {}
    named = config.get("architectures")
    architecture = named[0] if isinstance(named, list) and named else config.get("model_type")
    context = config.get("max_position_embeddings") or config.get("n_positions")
    layers = _layers(path.parent, config, recipe) if isinstance(source, PathModel) else None
    context = context if isinstance(context, int) else None
    experts = any(is_expert(f"{layer}.weight", (1, 1)) for layer in layers or ())
    return KnownModel(layers, experts, (), context, str(architecture), f"its `{path.name}`")


def _layers(folder: Path, config: dict[str, Any], recipe: Recipe) -> tuple[str, ...] | None:
    """Names of the weights that linear layers have; a head that shares the embeddings' weight has none of its own."""
    index = _json(folder / "model.safetensors.index.json", recipe, HEADER_LIMIT)
    names = index.get("weight_map") if index else _header(folder / "model.safetensors", recipe)
    if not isinstance(names, dict) or not names:
        return None
    layers = {name.removesuffix(".weight"): None for name, entry in names.items() if is_linear(name, _shape(entry))}
    if config.get("tie_word_embeddings", True):
        layers["lm_head"] = None
    return tuple(layers)


def _shape(entry: Any) -> list[int] | None:
    """`entry`: a header's description of the weight, or the name of its file in an index."""
    shape = entry.get("shape") if isinstance(entry, dict) else None
    return shape if isinstance(shape, list) else None


def _json(path: Path, recipe: Recipe, limit: int) -> dict[str, Any]:
    data = _bytes(path, recipe, 0, limit)
    return _parsed(data) if len(data) <= limit else {}


def _header(path: Path, recipe: Recipe) -> dict[str, Any]:
    """The header of a safetensors file: eight bytes of length, then JSON."""
    length = int.from_bytes(_bytes(path, recipe, 0, 8)[:8], "little")
    return _parsed(_bytes(path, recipe, 8, length)[:length]) if 2 <= length <= HEADER_LIMIT else {}


def _bytes(path: Path, recipe: Recipe, start: int, limit: int) -> bytes:
    """At most `limit` bytes and one more; none of what is no file inside the repository."""
    try:
        return read(path, _home(recipe), limit, start=start)
    except (OSError, ValueError):
        return b""


def _home(recipe: Recipe) -> Path:
    path = recipe.source.path
    return recipe.once("repository", lambda: repository(path.resolve()) if path else recipe.folder.resolve())


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
