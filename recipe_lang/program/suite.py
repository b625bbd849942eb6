"""`suite NAME`: tasks evaluated together."""

from typing import Literal

from pydantic import Field

from recipe_lang.program.block import Block
from recipe_lang.program.values import refs


class Suite(Block):
    """Tasks evaluated together, with one figure for all: a benchmark."""

    block_kind = "suite"
    affects = "evaluation"

    tasks: refs("task", "suite")
    """Tasks and suites."""
    except_: refs("task", "suite", least=0) = Field([], alias="except")
    """Tasks or suites that are taken out, at any depth."""
    average: Literal["tasks", "rows"] = "tasks"
    """The mean over tasks, or over all their rows."""
    figure: Literal["main", "mean"] = "main"
    """What stands for a task: its main metric, or the mean of all its metrics, as in GLUE."""
