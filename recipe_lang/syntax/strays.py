"""Tokens that no rule of the grammar uses: what is wrong with each of them alone."""

from __future__ import annotations

import re
from itertools import accumulate

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Place
from recipe_lang.diagnostics.problems import literals
from recipe_lang.diagnostics.problems import syntax as problems
from recipe_lang.diagnostics.suggest import SYNONYMS
from recipe_lang.source import Span
from recipe_lang.syntax import recovery as repairs
from recipe_lang.syntax.leaves import read_text
from recipe_lang.syntax.lexer import BRACES
from recipe_lang.syntax.reading import Reading, begins_item, is_token
from recipe_lang.syntax.recovery import Mistake, panic, panic_from, replace, skip
from recipe_lang.syntax.tree import Broken

TYPOGRAPHIC = "“”„«»"
_TYPOGRAPHIC_TEXT = re.compile(rf'[{TYPOGRAPHIC}][^{TYPOGRAPHIC}"\\\n]*[{TYPOGRAPHIC}]')
_LONE = re.compile(r'\\.|["\\]')
"""An escape, or what needs to be one between `"`."""
_PATH = re.compile(r"[\w./-]+")

_PREFIXES = frozenset({"f", "r", "b", "u", "fr", "rf", "br", "rb"})
"""What stands before the quotes of a text in Python."""

UNREADABLE = Broken(Span(0, 0))
"""The `value` of a number's token that has been reported."""


def stray(reading: Reading, index: int, accepts: set[str]) -> Mistake | None:
    """The mistake at a token of such a type; None at any other one."""
    token = reading.tokens[index]
    is_text = is_token(token, "TEXT", "TEXT_BLOCK", "SINGLE_QUOTED")
    if is_text and touches_name(reading, index) and reading.last.lower() in _PREFIXES:
        return problems.text_prefix(reading.place(reading.previous)), repairs.drop_last
    if token.type == "NUMBER" and token.startswith("-") and touches_name(reading, index):
        return hyphenated(reading, index)
    if token.type == "NUMBER" and token.startswith("-") and reading.touches(index) and is_token(reading.last, "NUMBER"):
        place = reading.place(reading.previous, index)
        return literals.range_malformed(f"{reading.last}..{token[1:]}", place), panic
    return _KINDS[token.type](reading, index, accepts) if token.type in _KINDS else None


def _single_quoted(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    token = reading.tokens[index]
    if len(token) < 2 or not token.endswith("'"):
        return literals.text_not_closed(reading.place(index)), panic
    text, _ = read_text(token, reading.source)
    escaped = _LONE.sub(lambda found: found[0] if len(found[0]) == 2 else "\\" + found[0], token[1:-1])
    better = f'"{escaped}"'
    return literals.single_quotes(reading.place(index), better), replace("TEXT", text)


def _unfinished_text(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    """One that ends on a later line swallows the lines between, if no setting or block begins or ends on them."""
    tokens, end = reading.tokens, index + 1
    while tokens[end].type not in ("UNFINISHED_TEXT", "$END"):
        if tokens[end].type == "NEWLINE" and begins_item(tokens, end + 1):
            return literals.text_not_closed(reading.place(index)), panic
        end += 1
    between = [token.type for token in tokens[index:end] if token.type in BRACES]
    over_lines = tokens[end].type == "UNFINISHED_TEXT" and _balanced(between)
    return literals.text_not_closed(reading.place(index)), panic_from(end + 1) if over_lines else panic


def _balanced(braces: list[str]) -> bool:
    depth = [0, *accumulate(1 if brace == "LBRACE" else -1 for brace in braces)]
    return depth[-1] == 0 and min(depth) == 0


def _unfinished_block(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    start, end = reading.tokens[index].start_pos, reading.tokens[index].end_pos
    place = Place(reading.source, Span(start, start + 3))
    return literals.text_block_not_closed(place), replace("TEXT_BLOCK", Broken(Span(start, end)))


_THOUSANDS = {"k": "_000", "m": "_000_000"}


def _bad_number(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    token = str(reading.tokens[index])
    unit = re.fullmatch(r"(-?[0-9][0-9_]*(?:\.[0-9]+)?)([A-Za-z]\w*)", token)
    better = f"{unit[1]} {unit[2]}" if unit and not re.fullmatch(r"[eE]\d*|[xX][0-9a-fA-F]*", unit[2]) else None
    if unit and unit[2].lower() in _THOUSANDS and "." not in unit[1]:
        better = f"{unit[1]}{_THOUSANDS[unit[2].lower()]}"
    if token.endswith(".") and token[:-1].isdigit():
        better = token + "0"
    return literals.number_malformed(token, reading.place(index), better=better), replace("NUMBER", UNREADABLE)


def _bad_name(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    return literals.bad_name(str(reading.tokens[index]), reading.place(index)), replace("NAME")


def _stray(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    token, place = str(reading.tokens[index]), reading.place(index)
    if token == ":" and "EQUAL" in accepts:
        if reading.follows(index + 1, "EQUAL"):
            return problems.equals_wrong(":=", reading.place(index, index + 1)), skip
        return problems.equals_wrong(":", place), replace("EQUAL")
    if token.startswith("-") and touches_name(reading, index):
        return hyphenated(reading, index)
    if token == ";":
        after = replace("NEWLINE") if "NEWLINE" in accepts else panic
        ends = reading.tokens[index + 1].type in ("NEWLINE", "COMMENT", "RBRACE", "$END")
        fix = Fix("remove it", (Edit(place, ""),)) if ends else None
        return literals.stray_character(token, place, help="settings end with their line", fix=fix), after
    if token.startswith("%") and is_token(reading.last, "NUMBER"):
        gap = Place(reading.source, Span(reading.last.end_pos, reading.tokens[index].start_pos))
        fix = Fix("remove the space", (Edit(gap, ""),))
        return literals.stray_character(token, place, help="`%` follows its number without a space", fix=fix), panic
    if token[0] in TYPOGRAPHIC:
        return _typographic(reading, index), panic
    if token[0] == "/" and not token.startswith(("//", "/*")) and touches_name(reading, index):
        path = _PATH.match(reading.source.text, reading.last.start_pos)[0]
        place = Place(reading.source, Span(reading.last.start_pos, reading.last.start_pos + len(path)))
        fix = Fix("put the path in quotes", (Edit(place, f'"{path}"'),))
        return literals.stray_character(token, reading.place(index), help="put the path in quotes", fix=fix), panic
    repair = repairs.skip_line if token.startswith(("//", "/*")) else panic
    slashes = Place(reading.source, Span(place.span.start, place.span.start + 2))
    fix = Fix("write `#`", (Edit(slashes, "#"),)) if token.startswith("//") else None
    return literals.stray_character(token, place, help=_stray_help(token), fix=fix), repair


def _typographic(reading: Reading, index: int) -> Diagnostic:
    """The fix is for a text that ends on its line with such a quote too."""
    text, start = reading.source.text, reading.tokens[index].start_pos
    whole = _TYPOGRAPHIC_TEXT.match(text, start)
    fix = None
    if whole:
        edits = tuple(Edit(Place(reading.source, Span(at, at + 1)), '"') for at in (start, whole.end() - 1))
        fix = Fix('write `"`', edits)
    place = Place(reading.source, Span(start, start + 1))
    return literals.stray_character(text[start], place, help='a text stands in straight quotes: write `"`', fix=fix)


def _stray_help(token: str) -> str | None:
    if token.startswith(("//", "/*")):
        return "comments begin with `#`"
    if token.startswith(("$", "@")):
        return "parameters are used by their bare name"
    if token.startswith("---"):
        return "remove the line: blocks alone separate the parts of a recipe"
    if token[0] in "`´‘’":
        return 'a text stands in straight quotes: `"…"`'
    if token[0] in "+-*/|&!":
        return "recipes do not calculate: write the value itself"
    if not token.isprintable() or token.isspace():
        return "remove it; only spaces, tabs and line ends separate words"
    return None


def hyphenated(reading: Reading, index: int) -> Mistake:
    """`my-model`, whose first part the parser has taken as a name."""
    end = index
    while reading.tokens[end].end_pos == reading.tokens[end + 1].start_pos and is_token(
        reading.tokens[end + 1], "NAME", "NUMBER", "BAD_NUMBER", "STRAY"
    ):
        end += 1
    place = reading.place(reading.previous, end)
    name = reading.source.slice(place.span)
    better = re.sub(r"\W", "_", name)
    better = SYNONYMS.get(better.lower(), better)
    return literals.bad_name(name, place, better=better), repairs.rename(better, end)


def touches_name(reading: Reading, index: int) -> bool:
    return reading.touches(index) and is_token(reading.last, "NAME")


_KINDS = {
    "SINGLE_QUOTED": _single_quoted,
    "UNFINISHED_TEXT": _unfinished_text,
    "UNFINISHED_BLOCK": _unfinished_block,
    "BAD_NUMBER": _bad_number,
    "BAD_NAME": _bad_name,
    "STRAY": _stray,
}
