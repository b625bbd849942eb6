"""`sweep`: one plan for every combination of values."""

from typing import Annotated, Any

from recipe_lang.program.block import Block
from recipe_lang.program.metrics import TaskMetric
from recipe_lang.program.values import Elsewhere, refs


class Sweep(Block):
    """One run for every combination of values: `rank = [4, 8, 16]`. Paths are those of a variant."""

    block_kind = "sweep"
    affects = "nothing"
    named = "never"
    single = True
    root = True
    rest = "axes"

    axes: dict[str, Annotated[Any, Elsewhere("a list of what the setting at this path takes")]]
    """`path = [value, …]`."""
    variants: refs("variant") | None = None
    """One more axis: variants, for settings that change together."""
    best: TaskMetric | None = None
    """What names the best run in the comparison at the end, such as `task.rouge1`."""
