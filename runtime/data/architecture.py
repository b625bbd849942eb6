"""What preparation reads of a model: its kind, its longest input, and the settings that are for the other kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems.examples import other_architecture
from recipe_lang.program.model import LanguageModel
from recipe_lang.program.program import Program
from recipe_lang.program.reach import trained_tasks
from recipe_lang.program.train import Lengths
from runtime.base.files import Json

_JOIN = "\n"
"""What stands between prompt and completion where the recipe does not say."""


class ModelFolder(Protocol):
    @property
    def config(self) -> Json: ...

    @property
    def generation_config(self) -> Json: ...

    @property
    def tokenizer_json(self) -> Path: ...

    @property
    def tokenizer_config(self) -> Json: ...

    @property
    def chat_template(self) -> str | None:
        """The recipe's choice."""

    @property
    def chat_variables(self) -> Mapping[str, Any]: ...

    @property
    def end_ids(self) -> Sequence[int]:
        """The tokens that the model's own configs end an answer on."""

    @property
    def differences(self) -> Sequence[str]:
        """What two of the tokenizer's files say differently, in words."""


def is_pair(model: LanguageModel, folder: ModelFolder) -> bool:
    """Whether prompts and answers are texts of their own, as encoder-decoders read them."""
    return model.kind == "seq2seq" if model.kind else bool(folder.config.get("is_encoder_decoder"))


def longest(config: Json) -> int | None:
    """The longest input in tokens that a model's config states."""
    for key in ("max_position_embeddings", "n_positions", "n_ctx"):
        if isinstance(config.get(key), int):
            return config[key]
    return None


def forced_first(folder: ModelFolder) -> int | None:
    """The number of the token that the model's own settings force an answer to begin with."""
    for settings in (folder.generation_config, folder.config):
        if type(found := settings.get("forced_bos_token_id")) is int and found >= 0:
            return found
    return None


def context(config: Json) -> int | None:
    """The longest input that a model has positions for. Those that count distances, as T5 does, have no end of them."""
    return config.get("max_position_embeddings")


def answer_positions(config: Json) -> int | None:
    """The longest answer that an encoder-decoder has positions for, where that is another number than its input's."""
    return config.get("max_decoder_position_embeddings")


def check_architecture(program: Program, folder: ModelFolder) -> Iterator[Diagnostic]:
    """`folder` is that of the trained model. The check says the same where the recipe declares the model's kind."""
    train = program.train
    pair = is_pair(program.models[train.model], folder)
    if not pair:
        if isinstance(train.max_length, Lengths):
            yield other_architecture(train.model, pair, "max_length", "/train/max_length")
        return
    if isinstance(train.max_length, int):
        yield other_architecture(train.model, pair, "max_length", "/train/max_length")
    if train.packing:
        yield other_architecture(train.model, pair, "packing", "/train/packing")
    if train.loss_on == "all":
        yield other_architecture(train.model, pair, "loss_on", "/train/loss_on")
    for name in dict.fromkeys(name for task in trained_tasks(program) for name in program.tasks[task].templates):
        if program.templates[name].join != _JOIN:
            yield other_architecture(train.model, pair, "join", f"/templates/{name}/join")
