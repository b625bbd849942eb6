"""`recipe NAME`: the experiment as a whole. A file without one is a library."""

from typing import Annotated

from recipe_lang.schema.base import NOTHING, Block
from recipe_lang.schema.types import File, Version, Whole


class Recipe(Block):
    """The experiment as a whole. A file without a `recipe` block is a library: it can be imported, not run."""

    block_kind = "recipe"
    single = True
    root = True

    description: Annotated[str | None, NOTHING] = None
    """One line, shown in the plan, the report and the model card."""
    seed: Annotated[int, Whole(0)] = 0
    """The one root of all randomness; every stage derives its own stream from it by name."""
    output: Annotated[File | None, NOTHING] = None
    """Where runs go. Without it: `runs/NAME`."""
    requires: Annotated[str | None, NOTHING, Version()] = None
    """Versions of the language that this recipe needs, such as `">=0.1"`."""
