"""The schema: which blocks there are, which settings they take, of which types, with which defaults.

One module a kind of block, imported when a recipe has one. A model's fields are its settings; annotation, default and
docstring are the only place where a setting is described, and reading, suggestions and the reference follow from it.

How to read values, where `recipe` is a `recipe_lang.check.Recipe`:

    recipe.train.batch                     16: plain Python values, in the units of `recipe_lang.program`
    recipe.train.method.rank               calls are models with their arguments as attributes; `.call` is the word
    recipe.blocks["task"]["qa"].templates  references are qualified names ("qa", "alias.qa")
    recipe.train.written("batch")          whether it was set, or is the default
    recipe.train.place("method", "rank")   where it stands, as a Place; `key_place` for the name before the `=`
    recipe.train.plain()                   plain data for `recipe_lang.program.train.Train(**…)`

An attribute that was misread raises `Unresolved`. The modules of kinds do without `from __future__ import annotations`,
and instances are made with `model_construct`: pydantic would compile each annotation again, and build validators that
nothing here uses, which together costs more than all the rest of a check's start.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipe_lang.schema.base import Block

KINDS = (
    "recipe",
    "model",
    "dataset",
    "template",
    "task",
    "mixture",
    "suite",
    "train",
    "evaluate",
    "variant",
    "sweep",
)


def model_of(kind: str) -> type[Block]:
    """The model of a kind of block; its module is imported now."""
    return getattr(import_module(f"recipe_lang.schema.{kind}"), kind.capitalize())


def homes(setting: str) -> list[str]:
    """The kinds of blocks that take a setting (or inner block) of this name."""
    from recipe_lang.schema.bodies import fields

    return [kind for kind in KINDS if setting in fields(model_of(kind))]
