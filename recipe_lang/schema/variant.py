"""`variant NAME`: other values for some settings, chosen with `--variant NAME`."""

from typing import Any

from recipe_lang.schema.base import Block


class Variant(Block):
    """Other values for some settings, chosen with `--variant NAME`.

    A setting is named by its path: `BLOCK.setting`, `KIND.setting` for `recipe`, `train` and an `evaluate` without a
    name, `ALIAS.BLOCK.setting` for an import's; inner blocks are steps of the path (`train.checkpoint.every`); a
    parameter is its own name.
    """

    block_kind = "variant"
    root = True
    rest = "changes"

    changes: dict[str, Any]
    """`path = value`, each of the type of the setting that it replaces."""
