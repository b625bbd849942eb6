"""Mistakes in how a recipe is put together (1xx), before anything is known about its meaning."""

from __future__ import annotations

import re
from dataclasses import replace

from recipe_lang.diagnostics.model import Diagnostic, Fix, Label, Place, problem
from recipe_lang.diagnostics.problems.literals import number_malformed
from recipe_lang.diagnostics.problems.wording import put, shorten, write
from recipe_lang.source import Span


def file_too_large(what: str, place: Place) -> Diagnostic:
    help = "keep data in data files, and shared blocks in files of their own that recipes import"
    return problem("IFT101", f"the recipe has more than {what}", place, help)


def nested_too_deep(limit: int, place: Place) -> Diagnostic:
    message = f"blocks, calls and lists are nested more than {limit} deep"
    return problem("IFT102", message, place, label="this one is too deep")


def last_shown(diagnostic: Diagnostic, limit: int) -> Diagnostic:
    """The last of so many that the others are not shown."""
    more = f"these are {limit} mistakes; the others are shown when some of these are mended"
    return replace(diagnostic, help=f"{diagnostic.help}; {more}" if diagnostic.help else more)


def item_without_name(found: str, place: Place, *, better: str | None = None) -> Diagnostic:
    """`better`: the name that stands in quotes."""
    message = f"{found} cannot begin a line: settings and blocks begin with a name"
    if better is None:
        return problem("IFT110", message, place, "a setting is written `name = value`, a block `kind name { … }`")
    help = f"names stand without quotes: write `{better}`"
    return problem("IFT110", message, place, help, fix=put(better, place, "remove the quotes"))


def value_missing(where: str, place: Place, help: str | None = None) -> Diagnostic:
    """Without `help`, the check adds what belongs there."""
    message = f"a value is missing{where}"
    return problem("IFT111", message, place, help, label="a value is missing here", help_wanted=help is None)


def unexpected(
    found: str, place: Place, *, after: str = "", help: str | None = None, fix: Fix | None = None
) -> Diagnostic:
    message = f"{found} is not expected{after or ' here'}"
    return problem("IFT112", message, place, help, fix=fix, help_wanted=help is None)


def text_prefix(place: Place) -> Diagnostic:
    fix = put("", place, "remove it")
    help = "nothing stands before the quotes of a text; in templates, columns are written `{{ column }}`"
    return unexpected(f"`{place.source.slice(place.span)}`", place, after=" before a text", help=help, fix=fix)


def template_without_quotes(place: Place) -> Diagnostic:
    text = place.source.slice(place.span)
    fix = None if '"' in text else put(f'"{text}"', place, "put it into quotes")
    where = " where a value should stand"
    return unexpected(f"`{shorten(text)}`", place, after=where, help="a Jinja text stands in quotes", fix=fix)


def list_without_brackets(place: Place) -> Diagnostic:
    text = place.source.slice(place.span)
    if thousands := re.match(r"\d{1,3}(,\d{3})+(?!\d)", text):
        number = Place(place.source, Span(place.span.start, place.span.start + thousands.end()))
        return number_malformed(thousands[0], number, better=thousands[0].replace(",", "_"))
    if re.fullmatch(r"0,\d+", text):
        return number_malformed(text, place, better=text.replace(",", "."))
    fix = put(f"[{text}]", place, "put it into brackets")
    help = f"a list stands in brackets: `[{shorten(text)}]`"
    return unexpected("a comma", place, after=" in a value", help=help, fix=fix)


def list_of_dashes(better: str | None, place: Place) -> Diagnostic:
    """`better` is the setting with the items in brackets, where they are plain ones."""
    help = (
        f"write `{shorten(better, 80)}`" if better else "write `name = [a, b]`; what has settings is a block of its own"
    )
    return unexpected("a list of lines with `-`", place, help=help)


def other_language(language: str, prompts: bool, place: Place) -> Diagnostic:
    """`prompts`: the file is one of promptsource."""
    start = "`ift new --from promptsource FILE` takes it over" if prompts else "`ift new my_recipe.ift` starts one"
    help = (
        f"a recipe has blocks, such as `train {{ … }}`: {start}, and `ift explain NAME` says what a setting is called"
    )
    return problem("IFT110", f"this file looks like {language}, and is no recipe", place, help)


def word_alone(word: str, place: Place) -> Diagnostic:
    first, _, second = shorten(word).partition(" ")
    message = f"`{shorten(word)}` is neither a setting nor a block"
    help = f"a setting is written `{first} = {second or 'value'}`, a block `{shorten(word)} {{ … }}`"
    return problem("IFT113", message, place, help, label="nothing follows")


def block_not_closed(header: str, opened: Place, noticed: Place) -> Diagnostic:
    line = noticed.source.position(noticed.span.start).line
    last = noticed.span.start >= len(noticed.source.text)
    message = f"the block `{shorten(header)}` is not closed" if header else "this `{` is not closed"
    help = "add a `}` at the end of the file" if last else f"add a `}}` before line {line}"
    return problem("IFT114", message, opened, help, label="opened here")


def closes_nothing(place: Place, sign: str) -> Diagnostic:
    return problem("IFT115", f"this `{sign}` closes nothing", place, "remove it, or add what it should close")


def wrong_closing(sign: str, wanted: str, place: Place, opened: Place) -> Diagnostic:
    opening = opened.source.slice(opened.span)
    message = f"`{sign}` cannot close a `{opening}`"
    fix = write(wanted, place, safe=False)
    related = (Label(opened, "opened here"),)
    return problem("IFT115", message, place, label=f"should be `{wanted}`", related=related, fix=fix)


def bracket_not_closed(opening: str, wanted: str, place: Place) -> Diagnostic:
    help = f"add a `{wanted}` after the last part of the {'list' if opening == '[' else 'call'}"
    return problem("IFT116", f"this `{opening}` is not closed", place, help, label=f"a `{wanted}` is missing")


def comma_missing(before: str, gap: Place, place: Place) -> Diagnostic:
    return problem("IFT117", f"a comma is missing before {before}", place, fix=put(",", gap, "add the comma"))


def header_malformed(place: Place, reason: str, *, fix: Fix | None = None) -> Diagnostic:
    help = "a block begins with `kind {`, `kind name {` or `template name for dataset {`, on one line"
    return problem("IFT119", reason, place, help, fix=fix)


def brace_missing(place: Place) -> Diagnostic:
    end = Place(place.source, Span(place.span.end, place.span.end))
    return header_malformed(place, "a `{` is missing at the end of this line", fix=put(" {", end, "add the `{`"))


def block_with_colon(header: str, place: Place) -> Diagnostic:
    help = f"write `{shorten(header)} {{`, and a `}}` after the last line of the block"
    return problem("IFT119", "a block stands between `{` and `}`, not behind a `:`", place, help)


def import_inside(place: Place) -> Diagnostic:
    message = "an import stands inside a block"
    return problem("IFT129", message, place, "move it to the top of the file, outside of all blocks")


def import_malformed(place: Place, *, better: str | None = None) -> Diagnostic:
    """`better` is the whole statement with the name that its uses or its file suggest."""
    help = f"write `{better}`" if better else 'an import is written `import "file.ift" as name`'
    return problem("IFT130", "an import is not complete", place, help)


def equals_wrong(sign: str, place: Place) -> Diagnostic:
    message = f"`{shorten(sign)}` stands where a setting has `=`"
    return problem("IFT132", message, place, fix=write("=", place))


_IMPORTS = ("include", "from", "use", "using", "require", "load")
"""What other languages begin an import with."""


def equals_missing(name: str, gap: Place, place: Place) -> Diagnostic:
    if name in _IMPORTS:
        return import_malformed(gap)
    message = f"`=` is missing between `{shorten(name)}` and its value"
    return problem("IFT132", message, place, fix=put(" =", gap, "add the `=`"))


def comparison_malformed(reason: str, place: Place, *, fix: Fix | None = None, help: str | None = None) -> Diagnostic:
    rule = "a comparison has a name at its left, a number at its right, and `>=`, `<=`, `>` or `<` between them"
    return problem("IFT133", reason, place, help or rule, fix=fix)


def comparison_sign(sign: str, better: str, place: Place) -> Diagnostic:
    """`==` may have been meant as it stands: only another order of the same characters is a safe fix."""
    fix = write(better, place, safe=set(sign) - {" "} == set(better))
    return comparison_malformed(f"`{shorten(sign)}` compares nothing here", place, fix=fix, help=f"write `{better}`")


def block_as_value(place: Place, fix: Fix | None) -> Diagnostic:
    return problem("IFT134", "a block is written without `=`", place, label="remove this sign", fix=fix)


def block_in_brackets(place: Place) -> Diagnostic:
    message = "a block cannot stand inside a list or a call"
    return problem("IFT134", message, place, "blocks stand on lines of their own, and are named where they are used")


def line_end_missing(found: str, place: Place) -> Diagnostic:
    message = f"{found} stands on the line of another setting or block"
    help = "inside braces a comma separates settings on one line"
    return problem("IFT135", message, place, help, label="begin a new line here")
