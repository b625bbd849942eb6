"""The tokens of a tokenizer that have names, as its config writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAMED = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
"""Those that every tokenizer may have."""


def content_of(token: Any) -> str | None:
    """The text of a token as configs write it: alone, or in an object."""
    token = token.get("content") if isinstance(token, Mapping) else token
    return token if isinstance(token, str) else None
