"""Models from a `config.json` alone: a folder with config and tokenizer, and the shapes that weights would have."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from recipe_lang.program.model import ScratchModel
from runtime.base.hashes import file_sha256
from runtime.base.hub import hub_folder
from runtime.base.progress import Progress
from runtime.base.reasons import first_line
from runtime.base.store import entry
from runtime.models.contents import ADDED_TOKENS, TEMPLATE, read_json, tokenizer_json
from runtime.models.sizes import sizes

SHAPES = "shapes.json"
_BESIDE = ("tokenizer_config.json", TEMPLATE, "special_tokens_map.json", ADDED_TOKENS)


@dataclass(frozen=True, slots=True)
class Scratch:
    path: Path
    hash: str


def prepared(source: ScratchModel, root: Path, *, fetch: bool, progress: Progress) -> Scratch | None:
    """The store's folder for this config and tokenizer; None where the tokenizer is not on this machine and `fetch` is
    False."""
    config = root / source.config
    if not config.is_file():
        raise Stop(problems.no_model_there(source.config, "there is no such file"))
    read_json(config)
    folder = _tokenizer_folder(source, root, fetch=fetch, progress=progress)
    tokenizer = None if folder is None else tokenizer_json(folder, fetch=fetch)
    if folder is None or tokenizer is None:
        return None
    read = [config, tokenizer, *folder.glob(ADDED_TOKENS)]
    digest = sha256(" ".join(map(file_sha256, read)).encode()).hexdigest()
    name = f"models/scratch-{digest}"
    return Scratch(entry(name, lambda target: _fill(target, config, tokenizer, folder)), digest)


def _tokenizer_folder(source: ScratchModel, root: Path, *, fetch: bool, progress: Progress) -> Path | None:
    if source.tokenizer is None:
        raise Stop(problems.no_tokenizer(source.config, "`scratch` needs `tokenizer = …`"))
    folder = root / source.tokenizer
    if folder.is_dir():
        return folder
    return hub_folder(source.tokenizer, None, fetch=fetch, weights=False, progress=progress)


def _fill(target: Path, config: Path, tokenizer: Path, folder: Path) -> None:
    shutil.copyfile(config, target / "config.json")
    _refuse_small_vocabulary(target, config.name, tokenizer)
    shutil.copyfile(tokenizer, target / "tokenizer.json")
    for name in _BESIDE:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, target / name)
    (target / SHAPES).write_text(json.dumps(_shapes(target), indent=2) + "\n", "utf-8")


def _shapes(folder: Path) -> dict[str, list[int]]:
    """Parameter name → shape, from the model's skeleton without memory; tied parameters once."""
    import torch

    from runtime.models.skeleton import skeleton

    with torch.device("meta"):
        model = skeleton(folder)
    return {name: list(parameter.shape) for name, parameter in model.named_parameters()}


def _refuse_small_vocabulary(folder: Path, shown: str, tokenizer: Path) -> None:
    from tokenizers import Tokenizer

    rows = sizes(folder, read_json(folder / "config.json")).get("vocab_size")
    try:
        tokens = max(Tokenizer.from_file(str(tokenizer)).get_vocab(with_added_tokens=True).values()) + 1
    except Exception as error:  # the library raises nothing more precise
        raise Stop(problems.no_tokenizer(str(tokenizer.parent), first_line(error))) from error
    if rows is not None and rows < tokens:
        reason = f"`vocab_size` is {rows}, the tokenizer has {tokens} tokens"
        raise Stop(problems.unreadable_model(shown, reason))
