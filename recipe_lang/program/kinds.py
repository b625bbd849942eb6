"""The kinds of blocks, in the order in which a recipe has them; the module of each is imported when one occurs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipe_lang.program.block import Block

_MODELS = {
    "recipe": "Recipe",
    "library": "Library",
    "model": "LanguageModel",
    "dataset": "Dataset",
    "template": "Template",
    "task": "Task",
    "mixture": "Mixture",
    "suite": "Suite",
    "train": "Train",
    "evaluate": "Evaluate",
    "variant": "Variant",
    "sweep": "Sweep",
}
KINDS = tuple(_MODELS)
PARTS = {f"{kind}s": kind for kind in ("model", "dataset", "template", "task", "mixture", "suite")}
"""The parts of a program that hold blocks by name, and the kind of block in each."""


def model_of(kind: str) -> type[Block]:
    """The model of a kind of block; its module is imported now."""
    return getattr(import_module(f"recipe_lang.program.{kind}"), _MODELS[kind])


def homes(setting: str) -> list[str]:
    """The kinds of blocks that take a setting (or inner block) of this name."""
    from recipe_lang.program.block import settings_of

    return [kind for kind in KINDS if setting in settings_of(model_of(kind))]
