"""`recipe NAME`: the experiment as a whole. A file without one is a library."""

from typing import Annotated

from pydantic import Field

from recipe_lang.program.block import NOTHING, Block
from recipe_lang.program.values import Described, File, Whole

_ONE = r"\s*(>=|<=|==|!=|>|<)\s*\d{1,6}(\.\d{1,6}){0,3}\s*"
FORM = rf"^{_ONE}(,{_ONE}){{0,9}}$"
Version = Annotated[str, Described('a range of versions, such as `">=0.1"` or `">=0.1, <2"`'), Field(pattern=FORM)]
"""Versions of the language, as comparisons joined by commas."""


class Recipe(Block):
    """The experiment as a whole. A file without a `recipe` block is a library: it can be imported, not run."""

    block_kind = "recipe"
    single = True
    root = True

    description: Annotated[str | None, NOTHING] = None
    """One line, shown in the plan, the report and the model card."""
    seed: Annotated[Whole, Field(ge=0)] = 0
    """The one root of all randomness; every stage derives its own stream from it by name."""
    output: Annotated[File | None, NOTHING] = None
    """Where runs go. Without it: `runs/NAME`."""
    requires: Annotated[Version | None, NOTHING] = None
    """Versions of the language that this recipe needs, such as `">=0.1"`."""
