"""`sweep`: one plan for every combination of values."""

from typing import Annotated, Any

from recipe_lang.schema.base import Block
from recipe_lang.schema.types import Refs


class Sweep(Block):
    """One run for every combination of values: `rank = [4, 8, 16]`. Paths are those of a variant."""

    block_kind = "sweep"
    named = "never"
    single = True
    root = True
    rest = "axes"

    axes: dict[str, Any]
    """`path = [value, …]`, each value of the type of the setting that it replaces."""
    variants: Annotated[list[str] | None, Refs("variant")] = None
    """One more axis: variants, for settings that change together."""
