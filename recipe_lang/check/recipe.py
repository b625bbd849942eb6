"""What can be wrong with the file as a whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipe_lang.diagnostics.model import Place
from recipe_lang.diagnostics.problems import evaluation, safety
from recipe_lang.source import Span

if TYPE_CHECKING:
    from recipe_lang.check.reading import Report
    from recipe_lang.check.result import Recipe
    from recipe_lang.schema.recipe import Recipe as Header

CREDENTIALS = (
    (re.compile(r"\bhf_[A-Za-z0-9]{30,}\b"), "an access token of the Hugging Face hub"),
    (re.compile(r"\bAKIA[0-9A-Z]{16}\b"), "an AWS access key"),
    (re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"), "a GitHub token"),
    (re.compile(r"\bsk-[A-Za-z0-9_-]{32,}\b"), "a secret API key"),
)


def check_credentials(header: Header, recipe: Recipe, report: Report) -> None:
    for pattern, kind in CREDENTIALS:
        for found in pattern.finditer(recipe.source.text):
            report(safety.credential(kind, Place(recipe.source, Span(*found.span()))))


def check_purpose(header: Header, recipe: Recipe, report: Report) -> None:
    if not recipe.blocks.get("train") and not recipe.blocks.get("evaluate"):
        report(evaluation.nothing_to_do(header.name, header.place()))


RULES = (check_credentials, check_purpose)
