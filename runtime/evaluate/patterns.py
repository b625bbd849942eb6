"""Patterns of a recipe on texts of data and models, each search within a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import endless_pattern
from runtime.base.limited import OutOfTime, limited

SECONDS = 2
"""Of processor time, for a search that takes microseconds."""


def matches(pattern: str, text: str) -> list[re.Match[str]]:
    """Raises `Stop` (IFT880)."""
    with _timed(pattern, text):
        return list(_compiled(pattern).finditer(text))


def without(pattern: str, text: str) -> str:
    """The text without what the pattern finds. Raises `Stop` (IFT880)."""
    with _timed(pattern, text):
        return _compiled(pattern).sub("", text)


@contextmanager
def _timed(pattern: str, text: str) -> Iterator[None]:
    try:
        with limited(SECONDS):
            yield
    except OutOfTime:
        raise Stop(endless_pattern(pattern, text, SECONDS)) from None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
