"""`suite NAME`: tasks evaluated together."""

from typing import Annotated, Literal

from recipe_lang.schema.base import Block
from recipe_lang.schema.types import Refs


class Suite(Block):
    """Tasks evaluated together, with one figure for all: a benchmark."""

    block_kind = "suite"
    affects = "evaluation"

    tasks: Annotated[list[str], Refs("task", "suite")]
    """Tasks and suites."""
    average: Literal["tasks", "rows"] = "tasks"
    """The mean over tasks, or over all their rows."""
    figure: Literal["main", "mean"] = "main"
    """What stands for a task: its main metric, or the mean of all its metrics, as in GLUE."""
