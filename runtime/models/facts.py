"""What a model's files say about its size: config.json and the headers of the safetensors files, without torch."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from recipe_lang.program.facts import ModelFacts
from runtime.models.folder import ModelFolder
from runtime.models.reading import read_json, weight_files
from runtime.models.scratch import SHAPES

_HEADER_LIMIT = 100_000_000
"""Bytes; the format's own limit."""
_EMBEDDINGS = re.compile(r"(embed|wte|wpe|shared|relative_attention_bias|position)", re.IGNORECASE)
_BUFFERS = re.compile(r"(inv_freq|masked_bias|\.attn\.bias)$")
_EXPERT = re.compile(r"\.experts\.\d+\.")
_TRANSPOSED = frozenset({"gpt2"})
"""Models whose linear layers store inputs first (`Conv1D`)."""


def model_facts(folder: ModelFolder) -> ModelFacts:
    """Raises `Stop` for weights whose header cannot be read."""
    config = folder.config | folder.config.get("text_config", {})
    shapes = _shapes(folder.path)
    hidden = _first(config, "hidden_size", "d_model", "n_embd")
    heads = _first(config, "num_attention_heads", "num_heads", "n_head")
    tied = bool(config.get("tie_word_embeddings", True))
    counted = {name: shape for name, shape in shapes.items() if not (tied and name.endswith("lm_head.weight"))}
    return ModelFacts(
        architecture=(config.get("architectures") or [config.get("model_type", "unknown")])[0],
        kind=folder.kind,
        parameters=sum(_size(shape) for shape in counted.values()),
        layers=_first(config, "num_hidden_layers", "num_layers", "n_layer") + (_decoder_layers(config)),
        hidden=hidden,
        intermediate=_first(config, "intermediate_size", "d_ff", "n_inner", default=4 * hidden),
        heads=heads,
        key_value_heads=_first(config, "num_key_value_heads", default=heads),
        head_dim=_first(config, "head_dim", "d_kv", default=hidden // heads),
        vocabulary=config["vocab_size"],
        context=config.get("max_position_embeddings") or config.get("n_positions"),
        tied_embeddings=tied,
        linear_layers=_linear_layers(shapes, config),
        hash=folder.hash,
        tokenizer_hash=folder.tokenizer_hash,
        chat_template_hash=folder.chat_template_hash,
    )
