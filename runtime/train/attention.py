"""Attention of each example by itself, in one row that holds a micro-batch without padding.

A processor computes whatever it is given, padding too, and a mask that keeps the examples of a row apart saves it no
work. So the row is cut at its examples, and each of them attended to alone. An accelerator would rather have one call.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

APART, USUAL = "apart", "sdpa"
ENDS = "cu_seq_lens_q"
"""transformers' name for where a row's examples end, int32, behind a 0."""
_MORE_THAN_ATTENTION = ("sliding_window", "attention_chunk_size", "attn_logit_softcapping", "alibi")


def _apart(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **given: Any,
) -> tuple[torch.Tensor, None]:
    """1 × heads × tokens × width each; gives 1 × tokens × heads × width. A model that does not hand on where examples
    end gets the usual attention, and is found out.

    In fp32 at least: the gradient takes up to twice as long in half precision, at lengths of some hundred tokens.
    """
    if (ends := given.pop(ENDS, None)) is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **given)
    lengths = ends.diff().tolist()
    wide = torch.promote_types(query.dtype, torch.float32)
    each = zip(*(states.to(wide).split(lengths, dim=2) for states in (query, key, value)), strict=True)
    with torch.autocast(query.device.type, enabled=False):
        parts = [sdpa_attention_forward(module, *one, None, **given)[0] for one in each]
    return torch.cat(parts, dim=1).to(query.dtype), None


AttentionInterface.register(APART, _apart)


def is_usual(base: Any) -> bool:
    """Whether each token of `base`, a `transformers` model, attends to all that come before it, and that by `USUAL`."""
    if base.config.is_encoder_decoder or not base._can_set_attn_implementation():
        return False
    config = base.config.get_text_config(decoder=True)
    if config._attn_implementation not in (USUAL, APART):
        return False
    layers = set(getattr(config, "layer_types", None) or ["full_attention"])
    return layers == {"full_attention"} and not any(getattr(config, name, None) for name in _MORE_THAN_ATTENTION)


def attend(base: Any, how: str) -> None:
    """`how`: `APART`, for micro-batches of that layout only, or `USUAL`."""
    base.set_attn_implementation(how)
