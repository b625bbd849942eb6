"""Mistakes in how a recipe is put together (1xx), before anything is known about its meaning."""

from __future__ import annotations

import re
from dataclasses import replace

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Place
from recipe_lang.diagnostics.problems.literals import number_malformed
from recipe_lang.diagnostics.problems.wording import shorten
from recipe_lang.source import Span


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
        "IFT111",
        "error",
        f"a value is missing{where}",
        place,
        label="a value is missing here",
        help=help,
        help_wanted=help is None,
    )


def unexpected(
    found: str, place: Place, *, after: str = "", help: str | None = None, fix: Fix | None = None
) -> Diagnostic:
    return Diagnostic(
        "IFT112",
        "error",
        f"{found} is not expected{after or ' here'}",
        place,
        help=help,
        fix=fix,
        help_wanted=help is None,
    )


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
