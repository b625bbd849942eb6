"""Mistakes inside of a text, a number, a name or a lone character (120–128, 131)."""

from __future__ import annotations

from recipe_lang.diagnostics.model import Diagnostic, Fix, Place, problem
from recipe_lang.diagnostics.problems.wording import put, shorten, write


def unknown_escape(escape: str, place: Place, *, beside_known: bool) -> Diagnostic:
    """`beside_known`: the text has escapes that it knows too; in a path of Windows they are none."""
    title = f"write `\\{escape}`, a backslash that stands for itself"
    itself = put(f"\\{escape}", place, title, safe=not beside_known)
    fix = None if escape[1] in "rbfvax0u" else itself
    help = 'a text knows `\\n`, `\\t`, `\\"`, `\\\\` and `\\u{…}` with the hexadecimal number of a character'
    return problem("IFT123", f"`{shorten(escape)}` is not an escape", place, help, label="unknown escape", fix=fix)


def text_beside_opening_quotes(place: Place) -> Diagnostic:
    message = 'a text block has text on the line of its opening `"""`'
    help = 'put the text on lines of its own between the two `"""`, or write it as a one-line text in single `"`'
    return problem("IFT121", message, place, help, label="the text begins on the next line")


def text_beside_closing_quotes(place: Place) -> Diagnostic:
    message = 'a text block has text on the line of its closing `"""`'
    help = 'move the closing `"""` to the next line; the last line end is not part of the text'
    return problem("IFT121", message, place, help, label="these quotes stand on a line of their own")


def less_indented(place: Place, indentation: str) -> Diagnostic:
    message = "a line of this text block does not begin with the indentation of its closing quotes"
    help = f"begin every line with {_described(indentation)}, or move the closing quotes to the left"
    return problem("IFT122", message, place, help, label="differs here")


def _described(indentation: str) -> str:
    if set(indentation) == {" "}:
        return f"{len(indentation)} spaces" if len(indentation) > 1 else "one space"
    if set(indentation) == {"\t"}:
        return f"{len(indentation)} tabs" if len(indentation) > 1 else "one tab"
    return "the same spaces and tabs in the same order"


def number_out_of_range(number: str, place: Place) -> Diagnostic:
    message = f"`{shorten(number)}` is too large, too small or too long for a number of a recipe"
    return problem("IFT125", message, place, "numbers go up to 10^18 and have at most 40 characters")


def number_malformed(number: str, place: Place, *, better: str | None = None) -> Diagnostic:
    form = "numbers are written like `17`, `3_000`, `0.5` and `5e-4`; a unit follows after a space"
    help = f"write `{shorten(better)}`" if better else form
    return problem("IFT125", f"`{shorten(number)}` is not a number", place, help, fix=write(better, place))


def range_malformed(better: str, place: Place) -> Diagnostic:
    written = place.source.slice(place.span)
    fix = put(better, place, f"write `{shorten(better)}`")
    help = f"a range is written `{shorten(better)}`"
    return problem("IFT125", f"`{shorten(written)}` is not a number", place, help, fix=fix)


def text_not_closed(place: Place) -> Diagnostic:
    help = 'a text of several lines stands between two `"""`'
    return problem("IFT120", "this text is not closed", place, help, label='a `"` is missing on this line')


def text_block_not_closed(place: Place) -> Diagnostic:
    help = 'add `"""` on a line of its own after the last line of the text'
    return problem("IFT124", "this text block is not closed", place, help, label="opened here")


def stray_character(characters: str, place: Place, *, help: str | None = None, fix: Fix | None = None) -> Diagnostic:
    return problem("IFT126", f"{described_characters(characters)} has no meaning in a recipe", place, help, fix=fix)


def described_characters(characters: str) -> str:
    """Visible characters as they are, others by their code."""
    shown = shorten(characters, 12)
    if shown.isprintable() and not shown.isspace():
        return f"`{shown}`"
    return "the character " + " ".join(f"U+{ord(c):04X}" for c in characters[:3])


def bad_name(name: str, place: Place, *, better: str | None = None) -> Diagnostic:
    as_here = f": `{shorten(better)}`" if better else ""
    help = f"names are made of the letters a to z and A to Z, digits and `_`, and begin with no digit{as_here}"
    return problem("IFT127", f"`{shorten(name)}` is not a name", place, help, help_wanted=True)


def reserved_word(word: str, place: Place) -> Diagnostic:
    help = "choose another name; reserved are `import`, `as`, `for`, `true`, `false` and `none`"
    return problem("IFT128", f"`{word}` is a word of the language and cannot be a name", place, help)


def single_quotes(place: Place, better: str) -> Diagnostic:
    message = 'a text stands in single quotes; texts are written with `"`'
    return problem("IFT131", message, place, fix=put(better, place, 'write `"` at both ends'))


def foreign_text(sign: str, place: Place) -> Diagnostic:
    """A text of several lines as another language writes it."""
    help = 'write `= """`, the text on lines of its own below, and `"""` on a line of its own'
    return problem("IFT131", f'`{shorten(sign)}` begins no text here; texts are written with `"`', place, help)
