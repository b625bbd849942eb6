"""What can be wrong with a library as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_lang.diagnostics.problems import settings

if TYPE_CHECKING:
    from recipe_lang.check.result import Recipe, Report
    from recipe_lang.program.library import Library


def check_alone(library: Library, recipe: Recipe, report: Report) -> None:
    """A file with a recipe says there what it is."""
    if recipe.header is not None:
        others = {"recipe": recipe.header.place()}
        report(settings.conflicting_settings("library", others, "a file", library.place()))


RULES = (check_alone,)
