"""What can be wrong with the file as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_lang.diagnostics.problems import evaluation

if TYPE_CHECKING:
    from recipe_lang.check.reading import Report
    from recipe_lang.check.result import Recipe
    from recipe_lang.schema.recipe import Recipe as Header


def check_purpose(header: Header, recipe: Recipe, report: Report) -> None:
    if not recipe.has("train") and not recipe.has("evaluate"):
        report(evaluation.nothing_to_do(header.name, header.place()))


RULES = (check_purpose,)
