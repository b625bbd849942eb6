"""What stands in a model's folder: configs, weights, tokenizer, chat template."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt
from typing_extensions import TypedDict

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from runtime.base.documents import Form, Name, Unreadable, document, opened, parsed, text
from runtime.base.files import Json
from runtime.base.hashes import files_sha256
from runtime.base.reasons import first_line
from runtime.base.store import entry, held

Shapes = dict[str, tuple[int, ...]]

ADDED_TOKENS = "added_tokens.json"
"""Older folders have tokens with their numbers in it, beside `tokenizer.json`."""
TEMPLATE = "chat_template.jinja"


class ModelConfig(TypedDict, total=False):
    """What is read of `config.json`; the rest of it stays beside."""

    __pydantic_config__ = ConfigDict(extra="allow")

    model_type: str | None
    architectures: list[str] | None
    auto_map: dict[str, Any] | None
    is_encoder_decoder: bool | None
    tie_word_embeddings: bool | None


class _Index(TypedDict, total=False):
    """`model.safetensors.index.json`."""

    weight_map: dict[str, Name]


class _Tensor(BaseModel):
    shape: list[NonNegativeInt]
    data_offsets: tuple[NonNegativeInt, NonNegativeInt]


class _Header(BaseModel):
    """Of a safetensors file."""

    __pydantic_extra__: dict[str, _Tensor] = Field(init=False)
    model_config = ConfigDict(extra="allow")
    metadata: Any = Field(None, alias="__metadata__")


_HEADER_LIMIT = 100_000_000
"""Bytes; the format's own limit."""
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_TOKENIZER_SOURCES = (
    "tokenizer.model",
    "spiece.model",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
    "tokenizer_config.json",
    ADDED_TOKENS,
)


def read_json(path: Path, form: type[Form] = Json, *, required: bool = True) -> Form:
    """The object in a file of a model's folder; empty where the file is missing and not required. Raises `Stop`."""
    if not os.path.lexists(path):
        if not required:
            return form()
        raise Stop(problems.no_model_there(str(path.parent), f"it has no `{path.name}`"))
    try:
        return document(path, form)
    except Unreadable as error:
        raise Stop(problems.unreadable_model(str(path.parent), f"`{path.name}` {error}")) from error


def weight_files(folder: Path, shown: str) -> list[Path]:
    """The safetensors files that hold the model, sorted by name; empty where there are none."""
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        files = sorted(folder.glob("model*.safetensors")) or sorted(folder.glob("*.safetensors"))
        files = [file for file in files if not file.name.startswith("adapter_")]
    else:
        files = [folder / name for name in sorted(set(read_json(index, _Index).get("weight_map", {}).values()))]
    for file in files:
        if not file.is_file():
            raise Stop(problems.unreadable_model(shown, f"`{file.name}` is missing"))
    return files


def safetensors_header(file: Path) -> Shapes:
    """Tensor name → shape, from the file's header: eight bytes of length, then JSON.

    Raises `Stop` (IFT069) where the file is cut or none of its kind.
    """
    try:
        with opened(file) as stored:
            length = int.from_bytes(stored.read(8), "little")
            if not 2 <= length <= _HEADER_LIMIT:
                raise Unreadable("has a header of an impossible length")
            tensors = parsed(stored.read(length), _Header).__pydantic_extra__
        end = max((tensor.data_offsets[1] for tensor in tensors.values()), default=0)
        if file.stat().st_size < 8 + length + end:
            raise Unreadable("is cut short")
        return {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    except Unreadable as error:
        reason = f"`{file.name}` is no whole safetensors file (it {error})"
        raise Stop(problems.unreadable_model(str(file.parent), reason)) from error


def pickles(folder: Path) -> list[str]:
    return sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))


def own_template(folder: Path, tokenizer_config: Json) -> str | None:
    """The chat template beside the weights: its own file, or in the tokenizer's config, the one named `default`.

    Raises `Stop` (IFT078) where it is no text.
    """
    file = folder / TEMPLATE
    try:
        if file.is_file():
            return text(file)
        written = tokenizer_config.get("chat_template")
        if isinstance(written, list):
            written = {item["name"]: item["template"] for item in written}.get("default")
        if written is None or isinstance(written, str):
            return written
        raise TypeError
    except Unreadable as error:
        raise Stop(problems.no_tokenizer(str(folder), f"`{TEMPLATE}` {error}")) from error
    except (KeyError, TypeError) as error:
        reason = "`chat_template` in `tokenizer_config.json` is neither a text nor a list of named ones"
        raise Stop(problems.no_tokenizer(str(folder), reason)) from error


def tokenizer_json(folder: Path, *, fetch: bool) -> Path | None:
    """`tokenizer.json`, converted into the store from older forms; None where not yet converted and not `fetch`."""
    path = folder / "tokenizer.json"
    if path.is_file():
        return path
    sources = [file for name in _TOKENIZER_SOURCES if (file := folder / name).is_file()]
    if not any(file.name not in ("tokenizer_config.json", ADDED_TOKENS) for file in sources):
        raise Stop(problems.no_tokenizer(str(folder), "there is no `tokenizer.json`"))
    name = f"tokenizers/{files_sha256(sources)}"
    if held(name) is None and not fetch:
        return None
    return entry(name, lambda target: _convert_tokenizer(folder, target)) / "tokenizer.json"


def _convert_tokenizer(folder: Path, target: Path) -> None:
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        tokenizer.backend_tokenizer.save(str(target / "tokenizer.json"))
    except Exception as error:  # the libraries raise nothing more precise
        custom = "its class is code that stands beside it" if "trust_remote_code" in str(error) else None
        raise Stop(problems.no_tokenizer(str(folder), custom or first_line(error))) from error
