"""Mistakes inside of a text, a number, a name or a lone character (120–128, 131)."""

from __future__ import annotations

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Place
from recipe_lang.diagnostics.problems.wording import shorten


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


def number_malformed(number: str, place: Place, *, better: str | None = None) -> Diagnostic:
    return Diagnostic(
        "IFT125",
        "error",
        f"`{shorten(number)}` is not a number",
        place,
        help=f"write `{shorten(better)}`"
        if better
        else "numbers are written like `17`, `3_000`, `0.5` and `5e-4`; a unit follows after a space",
        fix=None if better is None else Fix(f"write `{better}`", (Edit(place, better),)),
    )


def range_malformed(better: str, place: Place) -> Diagnostic:
    written = place.source.slice(place.span)
    fix = Fix(f"write `{shorten(better)}`", (Edit(place, better),))
    help = f"a range is written `{shorten(better)}`"
    return Diagnostic("IFT125", "error", f"`{shorten(written)}` is not a number", place, help=help, fix=fix)


def text_not_closed(place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT120",
        "error",
        "this text is not closed",
        place,
        label='a `"` is missing on this line',
        help='a text of several lines stands between two `"""`',
    )


def text_block_not_closed(place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT124",
        "error",
        "this text block is not closed",
        place,
        label="opened here",
        help='add `"""` on a line of its own after the last line of the text',
    )


def stray_character(characters: str, place: Place, *, help: str | None = None, fix: Fix | None = None) -> Diagnostic:
    return Diagnostic(
        "IFT126", "error", f"{described_characters(characters)} has no meaning in a recipe", place, help=help, fix=fix
    )


def described_characters(characters: str) -> str:
    """Visible characters as they are, others by their code."""
    shown = shorten(characters, 12)
    if shown.isprintable() and not shown.isspace():
        return f"`{shown}`"
    return "the character " + " ".join(f"U+{ord(c):04X}" for c in characters[:3])


def bad_name(name: str, place: Place, *, better: str | None = None) -> Diagnostic:
    return Diagnostic(
        "IFT127",
        "error",
        f"`{shorten(name)}` is not a name",
        place,
        help="names are made of the letters a to z and A to Z, digits and `_`, and begin with no digit"
        + (f": `{shorten(better)}`" if better else ""),
        help_wanted=True,
    )


def reserved_word(word: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT128",
        "error",
        f"`{word}` is a word of the language and cannot be a name",
        place,
        help="choose another name; reserved are `import`, `as`, `for`, `true`, `false` and `none`",
    )


def single_quotes(place: Place, better: str) -> Diagnostic:
    return Diagnostic(
        "IFT131",
        "error",
        'a text stands in single quotes; texts are written with `"`',
        place,
        fix=Fix('write `"` at both ends', (Edit(place, better),)),
    )
