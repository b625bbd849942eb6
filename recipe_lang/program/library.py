"""`library`: what a file without a recipe is."""

from typing import Annotated

from recipe_lang.program.block import NOTHING, Block
from recipe_lang.program.recipe import Version


class Library(Block):
    """What a file without a recipe is, for those who import it."""

    block_kind = "library"
    affects = "nothing"
    named = "never"
    single = True
    root = True

    description: Annotated[str | None, NOTHING] = None
    """One line."""
    license: Annotated[str | None, NOTHING] = None
    """Of the file itself: its templates and mixtures. Data have their own."""
    requires: Annotated[Version | None, NOTHING] = None
    """Versions of the language that this file needs, such as `">=0.1"`; recipes that import it are held to it."""
