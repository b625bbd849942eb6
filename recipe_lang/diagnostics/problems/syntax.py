"""Mistakes in how a recipe is written (1xx), before anything is known about its meaning."""

from __future__ import annotations

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Place


def shorten(word: str, limit: int = 40) -> str:
    """A word of the source as a message shows it."""
    return word if len(word) <= limit else word[: limit - 1] + "…"


def unknown_escape(escape: str, place: Place) -> Diagnostic:
    fix = None
    if escape[1] not in "rbfvax0u":
        fix = Fix(f"write `\\{escape}`, a backslash that stands for itself", (Edit(place, "\\" + escape),))
    return Diagnostic(
        "IFT123",
        "error",
        f"`{shorten(escape)}` is not an escape",
        place,
        label="unknown escape",
        help='a text knows `\\n`, `\\t`, `\\"`, `\\\\` and `\\u{…}` with the hexadecimal number of a character',
        fix=fix,
    )


def text_beside_opening_quotes(place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT121",
        "error",
        'a text block has text on the line of its opening `"""`',
        place,
        label="the text begins on the next line",
        help='put the text on lines of its own between the two `"""`, or write it as a one-line text in single `"`',
    )


def text_beside_closing_quotes(place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT121",
        "error",
        'a text block has text on the line of its closing `"""`',
        place,
        label="these quotes stand on a line of their own",
        help='move the closing `"""` to the next line; the last line end is not part of the text',
    )


def less_indented(place: Place, indentation: str) -> Diagnostic:
    return Diagnostic(
        "IFT122",
        "error",
        "a line of this text block does not begin with the indentation of its closing quotes",
        place,
        label="differs here",
        help=f"begin every line with {_described(indentation)}, or move the closing quotes to the left",
    )


def _described(indentation: str) -> str:
    if set(indentation) == {" "}:
        return f"{len(indentation)} spaces" if len(indentation) > 1 else "one space"
    if set(indentation) == {"\t"}:
        return f"{len(indentation)} tabs" if len(indentation) > 1 else "one tab"
    return "the same spaces and tabs in the same order"


def number_out_of_range(number: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT125",
        "error",
        f"`{shorten(number)}` is too large, too small or too long for a number of a recipe",
        place,
        help="numbers go up to 10^18 and have at most 40 characters",
    )


def unexpected(word: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT112", "error", f"{word} is not expected here", place)
