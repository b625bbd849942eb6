"""Secrets in the text of a recipe, a library or an imported file: comments and broken parts included."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import safety
from recipe_lang.source import Span

if TYPE_CHECKING:
    from recipe_lang.check.load import Unit

CREDENTIALS = (
    (re.compile(r"\bhf_[A-Za-z0-9]{30,}\b"), "an access token of the Hugging Face hub"),
    (re.compile(r"\bAKIA[0-9A-Z]{16}\b"), "an AWS access key"),
    (re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"), "a GitHub token"),
    (re.compile(r"\bsk-[A-Za-z0-9_-]{32,}\b"), "a secret API key"),
)


def credentials(units: Iterable[Unit]) -> Iterator[Diagnostic]:
    for unit in units:
        for pattern, kind in CREDENTIALS:
            for match in pattern.finditer(unit.source.text):
                yield safety.credential(kind, Place(unit.source, Span(*match.span())))
