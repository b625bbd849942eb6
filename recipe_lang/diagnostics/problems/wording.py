"""Words that problems share: numbers with their nouns, lists of places and names, and so much of a text as fits."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic

_SHOWN = 5

Examples = Sequence[tuple[str, str]]
"""(place, detail) of the first few rows."""


def error_at(code: str, message: str, pointer: str, cure: str | None = None) -> Diagnostic:
    return Diagnostic(code, "error", message, help=cure, pointer=pointer)


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def are(number: int) -> str:
    return "is" if number == 1 else "are"


def first_few(places: Sequence[str]) -> str:
    more = len(places) - _SHOWN
    return "; ".join(places[:_SHOWN]) + (f"; and {more:,} more" if more > 0 else "")


def places_of(examples: Examples, count: int) -> str:
    shown = [place for place, _ in examples[:_SHOWN]]
    return "; ".join(shown) + (f"; and {count - len(shown):,} more" if count > len(shown) else "")


def listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:12])
    return shown + (f" and {len(names) - 12:,} more" if len(names) > 12 else "")


def shorten(word: str, limit: int = 40) -> str:
    """A word of the source as a message shows it, on one line."""
    word = word.replace("\n", " ")
    return word if len(word) <= limit else word[: limit - 1] + "…"
