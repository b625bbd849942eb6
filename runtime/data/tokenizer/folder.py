"""What data preparation reads of a model: its tokenizer, its chat template and its longest input."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import examples as problems
from recipe_lang.program.model import LanguageModel
from recipe_lang.program.program import Program
from recipe_lang.program.reach import leaf_tasks
from runtime.data.tokenizer.chat import ChatError
from runtime.data.tokenizer.tokenizer import Tokenizer


class ModelFolder(Protocol):
    @property
    def config(self) -> dict[str, Any]: ...

    @property
    def tokenizer_json(self) -> Path: ...

    @property
    def tokenizer_config(self) -> dict[str, Any]: ...

    @property
    def chat_template(self) -> str | None:
        """The recipe's choice."""

    @property
    def chat_variables(self) -> Mapping[str, Any]: ...


def model_of(program: Program, task: str) -> str:
    """The model whose tokens a task is labelled in: the trained one, else the one that evaluates the task."""
    if program.train is not None:
        return program.train.model
    blocks = [block for block in program.evaluations if task in leaf_tasks(block.tasks, program)]
    return blocks[0].model if blocks else next(iter(program.models), "")


def is_pair(model: LanguageModel, folder: ModelFolder) -> bool:
    """Whether prompts and answers are texts of their own, as encoder-decoders read them."""
    return model.kind == "seq2seq" if model.kind else bool(folder.config.get("is_encoder_decoder"))


def data_tokenizer(name: str, folder: ModelFolder) -> Tokenizer:
    """The tokenizer with its chat template. Raises Stop where that cannot be used."""
    try:
        return Tokenizer(folder.tokenizer_json, folder.tokenizer_config, folder.chat_template, folder.chat_variables)
    except ChatError as error:
        raise Stop(problems.unreadable_chat(name, str(error))) from error


def longest(config: dict[str, Any]) -> int | None:
    """The longest input in tokens that a model's config states."""
    for key in ("max_position_embeddings", "n_positions", "n_ctx"):
        if isinstance(config.get(key), int):
            return config[key]
    return None


def context(config: dict[str, Any]) -> int | None:
    """The longest input that a model has positions for. T5 and its kin count distances, and have no end of them."""
    return None if "t5" in str(config.get("model_type", "")) else longest(config)
