"""Rotary positions that are read otherwise once any row of a batch is longer than a model's first context."""

from __future__ import annotations

from typing import Any

from runtime.models.sizes import text_config

_CHANGING = frozenset({"longrope", "dynamic"})
"""Kinds whose frequencies follow from the longest row that is read (`transformers`, modeling_rope_utils)."""


def turning_length(config: Any) -> int | None:
    """The most tokens that a model reads with its first frequencies: rows up to it and longer ones change each other,
    and must not be read together. None where frequencies are always the same."""
    text = text_config(config)
    rope = getattr(text, "rope_parameters", None) or {}
    kinds = [rope] if "rope_type" in rope else [own for own in rope.values() if isinstance(own, dict)]
    found = [
        own.get("original_max_position_embeddings") or getattr(text, "max_position_embeddings", None)
        for own in kinds
        if own.get("rope_type") in _CHANGING
    ]
    return min((length for length in found if length is not None), default=None)
