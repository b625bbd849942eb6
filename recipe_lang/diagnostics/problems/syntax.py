"""Mistakes in how a recipe is written (1xx), before anything is known about its meaning."""

from __future__ import annotations

import re
from dataclasses import replace

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Place
from recipe_lang.diagnostics.problems.wording import shorten
from recipe_lang.source import Span


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


def file_too_large(what: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT101",
        "error",
        f"the recipe has more than {what}",
        place,
        help="keep data in data files, and shared blocks in files of their own that recipes import",
    )


def nested_too_deep(limit: int, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT102",
        "error",
        f"blocks, calls and lists are nested more than {limit} deep",
        place,
        label="this one is too deep",
    )


def last_shown(diagnostic: Diagnostic, limit: int) -> Diagnostic:
    """The last of so many that the others are not shown."""
    more = f"these are {limit} mistakes; the others are shown when some of these are mended"
    return replace(diagnostic, help=f"{diagnostic.help}; {more}" if diagnostic.help else more)


def item_without_name(found: str, place: Place, *, better: str | None = None) -> Diagnostic:
    """`better`: the name that stands in quotes."""
    fix = Fix("remove the quotes", (Edit(place, better),)) if better else None
    cure = "a setting is written `name = value`, a block `kind name { … }`"
    return Diagnostic(
        "IFT110",
        "error",
        f"{found} cannot begin a line: settings and blocks begin with a name",
        place,
        help=f"names stand without quotes: write `{better}`" if better else cure,
        fix=fix,
    )


def value_missing(where: str, place: Place, help: str | None = None) -> Diagnostic:
    """Without `help`, the check adds what belongs there."""
    return Diagnostic(
        "IFT111", "error", f"a value is missing{where}", place, label="a value is missing here", help=help
    )


def unexpected(
    found: str, place: Place, *, after: str = "", help: str | None = None, fix: Fix | None = None
) -> Diagnostic:
    return Diagnostic("IFT112", "error", f"{found} is not expected{after or ' here'}", place, help=help, fix=fix)


def text_prefix(place: Place) -> Diagnostic:
    fix = Fix("remove it", (Edit(place, ""),))
    help = "nothing stands before the quotes of a text; in templates, columns are written `{{ column }}`"
    return unexpected(f"`{place.source.slice(place.span)}`", place, after=" before a text", help=help, fix=fix)


def template_without_quotes(place: Place) -> Diagnostic:
    text = place.source.slice(place.span)
    fix = None if '"' in text else Fix("put it into quotes", (Edit(place, f'"{text}"'),))
    where = " where a value should stand"
    return unexpected(f"`{shorten(text)}`", place, after=where, help="a Jinja text stands in quotes", fix=fix)


def list_without_brackets(place: Place) -> Diagnostic:
    text = place.source.slice(place.span)
    if thousands := re.match(r"\d{1,3}(,\d{3})+(?!\d)", text):
        number = Place(place.source, Span(place.span.start, place.span.start + thousands.end()))
        return number_malformed(thousands[0], number, better=thousands[0].replace(",", "_"))
    fix = Fix("put it into brackets", (Edit(place, f"[{text}]"),))
    help = f"a list stands in brackets: `[{shorten(text)}]`"
    return unexpected("a comma", place, after=" in a value", help=help, fix=fix)


def word_alone(word: str, place: Place) -> Diagnostic:
    first, _, second = shorten(word).partition(" ")
    return Diagnostic(
        "IFT113",
        "error",
        f"`{shorten(word)}` is neither a setting nor a block",
        place,
        label="nothing follows",
        help=f"a setting is written `{first} = {second or 'value'}`, a block `{shorten(word)} {{ … }}`",
    )


def block_not_closed(header: str, opened: Place, noticed: Place) -> Diagnostic:
    line = noticed.source.position(noticed.span.start).line
    last = noticed.span.start >= len(noticed.source.text)
    return Diagnostic(
        "IFT114",
        "error",
        f"the block `{shorten(header)}` is not closed" if header else "this `{` is not closed",
        opened,
        label="opened here",
        help="add a `}` at the end of the file" if last else f"add a `}}` before line {line}",
    )


def closes_nothing(place: Place, sign: str) -> Diagnostic:
    return Diagnostic(
        "IFT115",
        "error",
        f"this `{sign}` closes nothing",
        place,
        help="remove it, or add what it should close",
    )


def wrong_closing(sign: str, wanted: str, place: Place, opened: Place) -> Diagnostic:
    opening = opened.source.slice(opened.span)
    return Diagnostic(
        "IFT115",
        "error",
        f"`{sign}` cannot close a `{opening}`",
        place,
        label=f"should be `{wanted}`",
        related=(Label(opened, "opened here"),),
        fix=Fix(f"write `{wanted}`", (Edit(place, wanted),), safe=False),
    )


def bracket_not_closed(opening: str, wanted: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT116",
        "error",
        f"this `{opening}` is not closed",
        place,
        label=f"a `{wanted}` is missing",
        help=f"add a `{wanted}` after the last part of the {'list' if opening == '[' else 'call'}",
    )


def comma_missing(before: str, gap: Place, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT117",
        "error",
        f"a comma is missing before {before}",
        place,
        fix=Fix("add the comma", (Edit(gap, ","),)),
    )


def header_malformed(place: Place, reason: str, *, fix: Fix | None = None) -> Diagnostic:
    return Diagnostic(
        "IFT119",
        "error",
        reason,
        place,
        help="a block begins with `kind {`, `kind name {` or `template name for dataset {`, on one line",
        fix=fix,
    )


def brace_missing(place: Place) -> Diagnostic:
    end = Place(place.source, Span(place.span.end, place.span.end))
    return header_malformed(
        place, "a `{` is missing at the end of this line", fix=Fix("add the `{`", (Edit(end, " {"),))
    )


def block_with_colon(header: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT119",
        "error",
        "a block stands between `{` and `}`, not behind a `:`",
        place,
        help=f"write `{shorten(header)} {{`, and a `}}` after the last line of the block",
    )


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
    )


def reserved_word(word: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT128",
        "error",
        f"`{word}` is a word of the language and cannot be a name",
        place,
        help="choose another name; reserved are `import`, `as`, `for`, `true`, `false` and `none`",
    )


def import_inside(place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT129",
        "error",
        "an import stands inside a block",
        place,
        help="move it to the top of the file, outside of all blocks",
    )


def import_malformed(place: Place, *, better: str | None = None) -> Diagnostic:
    """`better` is the whole statement with the name that its uses or its file suggest."""
    cure = f"write `{better}`" if better else 'an import is written `import "file.ift" as name`'
    return Diagnostic("IFT130", "error", "an import is not complete", place, help=cure)


def single_quotes(place: Place, better: str) -> Diagnostic:
    return Diagnostic(
        "IFT131",
        "error",
        'a text stands in single quotes; texts are written with `"`',
        place,
        fix=Fix('write `"` at both ends', (Edit(place, better),)),
    )


def equals_wrong(sign: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT132",
        "error",
        f"`{shorten(sign)}` stands where a setting has `=`",
        place,
        fix=Fix("write `=`", (Edit(place, "="),)),
    )


def equals_missing(name: str, gap: Place, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT132",
        "error",
        f"`=` is missing between `{shorten(name)}` and its value",
        place,
        fix=Fix("add the `=`", (Edit(gap, " ="),)),
    )


def comparison_malformed(reason: str, place: Place, *, fix: Fix | None = None, help: str | None = None) -> Diagnostic:
    rule = "a comparison has a name at its left, a number at its right, and `>=`, `<=`, `>` or `<` between them"
    return Diagnostic("IFT133", "error", reason, place, help=help or rule, fix=fix)


def comparison_sign(sign: str, better: str, place: Place) -> Diagnostic:
    """`==` may have been meant as it stands: only another order of the same characters is a safe fix."""
    fix = Fix(f"write `{better}`", (Edit(place, better),), safe=set(sign) - {" "} == set(better))
    return comparison_malformed(f"`{shorten(sign)}` compares nothing here", place, fix=fix, help=f"write `{better}`")


def block_as_value(place: Place, fix: Fix | None) -> Diagnostic:
    return Diagnostic("IFT134", "error", "a block is written without `=`", place, label="remove this sign", fix=fix)


def block_in_brackets(place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT134",
        "error",
        "a block cannot stand inside a list or a call",
        place,
        help="blocks stand on lines of their own, and are named where they are used",
    )


def line_end_missing(found: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT135",
        "error",
        f"{found} stands on the line of another setting or block",
        place,
        label="begin a new line here",
        help="inside braces a comma separates settings on one line",
    )
