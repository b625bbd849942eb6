"""`variant NAME`: other values for some settings, chosen with `--variant NAME`."""

from typing import Annotated, Any

from recipe_lang.program.block import Block
from recipe_lang.program.values import Elsewhere


class Variant(Block):
    """Other values for some settings, chosen with `--variant NAME`.

    A setting is named by its path: `BLOCK.setting`, `KIND.setting` for `recipe`, `train` and an `evaluate` without a
    name, `ALIAS.BLOCK.setting` for an import's; inner blocks are steps of the path (`train.checkpoint.every`); a
    parameter is its own name.
    """

    block_kind = "variant"
    affects = "nothing"
    root = True
    rest = "changes"

    changes: dict[str, Annotated[Any, Elsewhere("what the setting at this path takes")]]
    """`path = value`."""
