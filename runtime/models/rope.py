"""Rotary positions that are read otherwise once any row of a batch is longer than a model's first context."""

from __future__ import annotations

from typing import Any, NamedTuple

from runtime.models.sizes import size, text_config


class Turn(NamedTuple):
    """Where a model's frequencies change: rows up to `length` and longer ones change each other, and must not be read
    together. Kinds: `transformers`, modeling_rope_utils."""

    length: int
    """Tokens that are read with the first frequencies."""
    alone: bool
    """Frequencies follow from how much longer the longest row is, so that each longer one is read by itself."""


def turn_of(config: Any) -> Turn | None:
    """None where frequencies are always the same."""
    text = text_config(config)
    rope, most = getattr(text, "rope_parameters", None) or {}, size(text, "max_position_embeddings")
    turns = []
    for own in [rope] if "rope_type" in rope else [own for own in rope.values() if isinstance(own, dict)]:
        kind, dynamic = str(own.get("rope_type")), "dynamic" in str(own.get("rope_type"))
        length = most if dynamic else own.get("original_max_position_embeddings") or most
        turns += [Turn(length, dynamic)] if length is not None and (dynamic or kind == "longrope") else []
    return Turn(min(turn.length for turn in turns), any(turn.alone for turn in turns)) if turns else None


def forget_lengths(model: Any) -> None:
    """Makes frequencies that follow from a length follow from that of the rows at hand: `transformers` keeps those of
    the longest that it has seen until it sees a short one."""
    for module in model.modules():
        kinds = getattr(module, "rope_type", None)
        if "dynamic" in (kinds.values() if isinstance(kinds, dict) else [kinds]):
            module.register_forward_pre_hook(_forget)


def _forget(module: Any, _: Any) -> None:
    kinds = module.rope_type
    for prefix in [f"{layer}_" for layer in kinds] if isinstance(kinds, dict) else [""]:
        first, here = getattr(module, f"{prefix}original_inv_freq", None), getattr(module, f"{prefix}inv_freq", None)
        if first is not None and here is not None:
            setattr(module, f"{prefix}inv_freq", first.to(here.device))
            setattr(module, f"{prefix}max_seq_len_cached", module.original_max_seq_len)
