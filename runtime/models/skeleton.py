"""A model from a config alone, and what `transformers` says of files that it cannot load."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from runtime.models.memory import is_out_of_memory

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import PreTrainedModel


def auto_class(kind: str) -> Any:
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    return AutoModelForSeq2SeqLM if kind == "seq2seq" else AutoModelForCausalLM


def skeleton(path: Path, *, allow_remote_code: bool = False, kind: str | None = None) -> PreTrainedModel:
    """A model of the folder's config with freshly drawn weights, on the current default device."""
    from transformers import AutoConfig

    with refusals(path):
        config = AutoConfig.from_pretrained(path, trust_remote_code=allow_remote_code, local_files_only=True)
        kind = kind or ("seq2seq" if config.is_encoder_decoder else "causal")
        return auto_class(kind).from_config(config, dtype=torch.float32, trust_remote_code=allow_remote_code)


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """What transformers, peft and safetensors say of files that they cannot load, in whatever way they say it: a value
    of a foreign config may break them anywhere."""
    try:
        yield
    except Exception as error:
        if is_out_of_memory(error):
            raise
        first, *rest = str(error).strip().splitlines() or [type(error).__name__]
        reason = f"{first} {rest[0].strip()}" if first.endswith(":") and rest else first
        if "trust_remote_code" in str(error):
            raise Stop(problems.needs_remote_code(str(path), "auto_map")) from error
        raise Stop(problems.unreadable_model(str(path), reason)) from error
