"""What problems share: numbers with nouns, lists of places and names, so much of a text as fits; guesses and fixes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recipe_lang.diagnostics.model import Edit, Fix, Place
from recipe_lang.diagnostics.suggest import surely

_SHOWN = 5

Examples = Sequence[tuple[str, str]]
"""(place, detail) of the first few rows."""


def article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def are(number: int) -> str:
    return "is" if number == 1 else "are"


def percent(share: float) -> str:
    """With as many digits as it needs: `99.5%`."""
    return f"{share:.4%}".rstrip("0%").rstrip(".") + "%"


def first_few(places: Sequence[str]) -> str:
    more = len(places) - _SHOWN
    return "; ".join(places[:_SHOWN]) + (f"; and {more:,} more" if more > 0 else "")


def places_of(examples: Examples, count: int) -> str:
    shown = [place for place, _ in examples[:_SHOWN]]
    return "; ".join(shown) + (f"; and {count - len(shown):,} more" if count > len(shown) else "")


def quoted(words: Iterable[object], between: str = ", ") -> str:
    return between.join(f"`{word}`" for word in words)


def listed(names: Sequence[str]) -> str:
    """The first twelve of them."""
    return quoted(names[:12]) + (f" and {len(names) - 12:,} more" if len(names) > 12 else "")


def way_round(circle: Sequence[str]) -> str:
    """From one to the next, and back to the first."""
    return quoted((*circle, circle[0]), " → ")


def shorten(word: str, limit: int = 40) -> str:
    """A word of the source as a message shows it, on one line."""
    word = word.replace("\n", " ")
    return word if len(word) <= limit else word[: limit - 1] + "…"


def did_you_mean(guess: str | None, otherwise: str | None = None) -> str | None:
    return f"did you mean `{guess}`?" if guess else otherwise


def put(text: str, place: Place, title: str, *, safe: bool = True) -> Fix:
    """The fix that puts a text at a place."""
    return Fix(title, (Edit(place, text),), safe)


def write(text: str | None, place: Place, *, safe: bool = True, declared: bool = False) -> Fix | None:
    """The fix that says of itself what it puts there; None without a text."""
    return Fix(f"write `{text}`", (Edit(place, text),), safe, declared) if text else None


def rename(name: str, guess: str | None, place: Place, *, declared: bool = False) -> Fix | None:
    """The fix that writes what a name is probably meant to be; safe where that is sure."""
    return write(guess, place, safe=guess is not None and surely(name, guess), declared=declared)
