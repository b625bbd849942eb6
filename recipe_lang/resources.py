"""The files that ship beside the code: the grammar and the standard library of recipes.

In an installed wheel they stand in `recipe_lang/_shipped/`, in a checkout (an editable install included) in the
repository's own `grammar/` and `recipes/std/`.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _shipped(installed: str, checkout: str) -> Path:
    inside = _PACKAGE / "_shipped" / installed
    return inside if inside.exists() else _PACKAGE.parent / checkout


def grammar_text() -> str:
    """The text of `ift.lark`, the normative grammar."""
    return _shipped("grammar/ift.lark", "grammar/ift.lark").read_text(encoding="utf-8")


def standard_library() -> Path:
    """The folder that import paths beginning with `std/` are looked up in."""
    return _shipped("std", "recipes/std")
