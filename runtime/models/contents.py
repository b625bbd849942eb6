"""What stands in a model's folder: configs, weights, tokenizer, chat template."""

from __future__ import annotations

import json
from pathlib import Path

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from runtime.base.files import Json
from runtime.base.hashes import files_sha256
from runtime.base.reasons import first_line
from runtime.base.store import entry, held

Shapes = dict[str, tuple[int, ...]]

ADDED_TOKENS = "added_tokens.json"
"""Older folders have tokens with their numbers in it, beside `tokenizer.json`."""
TEMPLATE = "chat_template.jinja"

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


def read_json(path: Path, *, required: bool = True) -> Json:
    """The object in a file; empty where the file is missing and not required."""
    if not required and not path.is_file():
        return {}
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise Stop(problems.no_model_there(str(path.parent), f"it has no `{path.name}`")) from error
    except (ValueError, RecursionError) as error:
        raise Stop(problems.unreadable_model(str(path.parent), f"`{path.name}` is not JSON: {error}")) from error
    if not isinstance(content, dict):
        raise Stop(problems.unreadable_model(str(path.parent), f"`{path.name}` is not a JSON object"))
    return content


def weight_files(folder: Path, shown: str) -> list[Path]:
    """The safetensors files that hold the model, sorted by name; empty where there are none."""
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        files = sorted(folder.glob("model*.safetensors")) or sorted(folder.glob("*.safetensors"))
        return [file for file in files if not file.name.startswith("adapter_")]
    files = [folder / name for name in sorted(set(read_json(index).get("weight_map", {}).values()))]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise Stop(problems.unreadable_model(shown, f"`{missing[0]}` is missing"))
    return files


def safetensors_header(file: Path) -> Shapes:
    """Tensor name → shape, from the file's header: eight bytes of length, then JSON.

    Raises `Stop` (IFT069) where the file is cut or none of its kind.
    """
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            if not 2 <= length <= _HEADER_LIMIT:
                raise ValueError("its header has an impossible length")
            header = json.loads(opened.read(length))
        end = max((tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"), default=0)
        if file.stat().st_size < 8 + length + end:
            raise ValueError("it is cut short")
        shapes = {name: tuple(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__"}
        if any(type(size) is not int for shape in shapes.values() for size in shape):
            raise ValueError("a shape is not made of numbers")
        return shapes
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f"`{file.name}` is no whole safetensors file ({error})"
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
            return file.read_text(encoding="utf-8")
        written = tokenizer_config.get("chat_template")
        if isinstance(written, list):
            written = {item["name"]: item["template"] for item in written}.get("default")
        if written is None or isinstance(written, str):
            return written
        raise TypeError
    except UnicodeDecodeError as error:
        raise Stop(problems.no_tokenizer(str(folder), f"`{TEMPLATE}` is not UTF-8 text")) from error
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
