"""What is wrong at a token that the parser cannot take, in words, and the repair that reading goes on with.

The parser's stacks say where it is: inside brackets, in the value of a setting, or in the header of a line.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from lark import Token

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Place
from recipe_lang.diagnostics.problems import syntax as problems
from recipe_lang.source import Span
from recipe_lang.syntax import recovery as repairs
from recipe_lang.syntax.lexer import CLOSING
from recipe_lang.syntax.reading import (
    Reading,
    begins_item,
    closes,
    is_complete,
    is_token,
    matching_brace,
    open_brackets,
    setting_at,
)
from recipe_lang.syntax.recovery import Repair, insert, panic, replace, skip
from recipe_lang.syntax.tree import Broken, Path, TextValue

Mistake: TypeAlias = tuple[Diagnostic, Repair]

_LINE_ENDS = ("NEWLINE", "RBRACE", "COMMA", "$END")
_VALUES = ("TEXT", "TEXT_BLOCK", "NUMBER", "PERCENT", "TRUE", "FALSE", "NONE", "LSQB")
_RESERVED = ("IMPORT", "AS", "FOR", "TRUE", "FALSE", "NONE")
_COMPARES = ("LEAST", "MOST", "ABOVE", "BELOW")
_CLOSER = {"LPAR": ("RPAR", ")"), "LSQB": ("RSQB", "]")}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def diagnose(reading: Reading, index: int) -> Mistake:
    accepts = reading.parser.accepts()
    token = reading.tokens[index]
    if token.type in _WRITTEN:
        return _WRITTEN[token.type](reading, index, accepts)
    if token.type == "NUMBER" and token.startswith("-") and _touches_name(reading, index):
        return hyphenated(reading, index)
    brackets = open_brackets(reading.values)
    if brackets:
        return in_brackets(reading, index, accepts, brackets)
    if setting_at(reading.values) is not None or not reading.is_file:
        return in_value(reading, index, accepts)
    return in_header(reading, index, accepts)


def in_words(token: Token) -> str:
    match token.type:
        case "NEWLINE":
            return "the end of the line"
        case "$END":
            return "the end of the text"
        case "TEXT" | "TEXT_BLOCK":
            return "a text"
        case "COMMA":
            return "a comma"
    return f"`{problems.shorten(str(token))}`"


# Tokens that no rule of the grammar uses.


def _single_quoted(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    token = reading.tokens[index]
    if len(token) < 2 or not token.endswith("'"):
        return problems.text_not_closed(reading.place(index)), panic
    inner = token[1:-1]
    start, end = token.start_pos, token.end_pos
    text = TextValue(inner, False, Span(start, end), (0,), (start + 1,))
    better = '"' + inner.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return problems.single_quotes(reading.place(index), better), replace("TEXT", text)


def _unfinished_text(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    return problems.text_not_closed(reading.place(index)), panic


def _unfinished_block(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    start, end = reading.tokens[index].start_pos, reading.tokens[index].end_pos
    place = Place(reading.source, Span(start, start + 3))
    return problems.text_block_not_closed(place), replace("TEXT_BLOCK", Broken(Span(start, end)))


def _bad_number(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    token = str(reading.tokens[index])
    unit = re.fullmatch(r"(-?[0-9][0-9_]*(?:\.[0-9]+)?)([A-Za-z]\w*)", token)
    better = f"{unit[1]} {unit[2]}" if unit and not re.fullmatch(r"[eExX]\w*", unit[2]) else None
    if token.endswith(".") and token[:-1].isdigit():
        better = token + "0"
    return problems.number_malformed(token, reading.place(index), better=better), replace("NUMBER", UNREADABLE)


def _bad_name(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    return problems.bad_name(str(reading.tokens[index]), reading.place(index)), replace("NAME")


def _stray(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    token, place = str(reading.tokens[index]), reading.place(index)
    if token == ":" and "EQUAL" in accepts:
        if reading.follows(index + 1, "EQUAL"):
            return problems.equals_wrong(":=", reading.place(index, index + 1)), skip
        return problems.equals_wrong(":", place), replace("EQUAL")
    if token.startswith("-") and _touches_name(reading, index):
        return hyphenated(reading, index)
    if token == ";":
        after = replace("NEWLINE") if "NEWLINE" in accepts else panic
        return problems.stray_character(token, place, help="settings end with their line"), after
    if token.startswith("%") and is_token(_previous(reading), "NUMBER"):
        gap = Place(reading.source, Span(_previous(reading).end_pos, reading.tokens[index].start_pos))
        fix = Fix("remove the space", (Edit(gap, ""),))
        return problems.stray_character(token, place, help="`%` follows its number without a space", fix=fix), panic
    repair = repairs.skip_line if token.startswith(("//", "/*")) else panic
    return problems.stray_character(token, place, help=_stray_help(token)), repair


def _stray_help(token: str) -> str | None:
    if token.startswith(("//", "/*")):
        return "comments begin with `#`"
    if token.startswith(("$", "@")):
        return "parameters are used by their bare name"
    if token[0] in "+-*/|&!":
        return "recipes do not calculate: write the value itself"
    if not token.isprintable() or token.isspace():
        return "remove it; only spaces, tabs and line ends separate words"
    return None


UNREADABLE = Broken(Span(0, 0))
"""The `value` of a number's token that has been reported."""

_WRITTEN = {
    "SINGLE_QUOTED": _single_quoted,
    "UNFINISHED_TEXT": _unfinished_text,
    "UNFINISHED_BLOCK": _unfinished_block,
    "BAD_NUMBER": _bad_number,
    "BAD_NAME": _bad_name,
    "STRAY": _stray,
}


def hyphenated(reading: Reading, index: int) -> Mistake:
    """`my-model`, whose first part the parser has taken as a name."""
    end = index
    while reading.tokens[end].end_pos == reading.tokens[end + 1].start_pos and is_token(
        reading.tokens[end + 1], "NAME", "NUMBER", "BAD_NUMBER", "STRAY"
    ):
        end += 1
    place = reading.place(reading.previous, end)
    name = reading.source.slice(place.span)
    return problems.bad_name(name, place, better=re.sub(r"\W", "_", name)), repairs.skip_to(end + 1)


def _touches_name(reading: Reading, index: int) -> bool:
    return reading.touches(index) and is_token(_previous(reading), "NAME")


def _previous(reading: Reading) -> Token | None:
    return reading.tokens[reading.previous] if reading.previous >= 0 else None


# Inside `()` and `[]`.


def in_brackets(reading: Reading, index: int, accepts: set[str], brackets: list[Token]) -> Mistake:
    token, place = reading.tokens[index], reading.place(index)
    inner = brackets[0]
    kind, sign = _CLOSER[inner.type]
    inner_place = Place(reading.source, Span(inner.start_pos, inner.end_pos))
    not_closed = problems.bracket_not_closed(str(inner), sign, inner_place), panic
    if token.type in CLOSING and token.type != kind:
        if any(_CLOSER[bracket.type][0] == token.type for bracket in brackets):
            return not_closed[0], insert(kind, sign)
        return problems.wrong_closing(str(token), sign, place, inner_place), replace(kind)
    if token.type == "LBRACE":
        after = matching_brace(reading.tokens, index) + 1
        if closes(reading.tokens, after, len(brackets)) is not None and not _ends_header(reading, index):
            return problems.block_in_brackets(place), panic
    if closes(reading.tokens, index, len(brackets)) is None:
        return not_closed
    previous = _previous(reading)
    if "TEXT" in accepts:
        return _value_expected(reading, index)
    if token.type in (*_VALUES, "NAME"):
        gap = Place(reading.source, Span(previous.end_pos, previous.end_pos))
        if "EQUAL" in accepts and token.type != "NAME":
            return problems.equals_missing(str(previous), gap, place), insert("EQUAL", "")
        if "COMMA" in accepts or _unit_on_next_line(reading, index):
            return problems.comma_missing(in_words(token), gap, place), insert("COMMA", "")
    if token.type == "EQUAL":
        if inner.type == "LSQB":
            return problems.unexpected("`=`", place, after=" inside a list", help="a list holds values only"), panic
        return problems.unexpected("`=`", place, help="the name of an argument is one word before a `=`"), panic
    return _after_value(reading, index, accepts)


def _ends_header(reading: Reading, index: int) -> bool:
    """Whether words alone stand before a token on its line, as in the header of a block."""
    first = index
    while first > 0 and reading.tokens[first - 1].type in ("NAME", "FOR", "DOT"):
        first -= 1
    return first < index and (first == 0 or reading.tokens[first - 1].type == "NEWLINE")


def _unit_on_next_line(reading: Reading, index: int) -> bool:
    return is_token(_previous(reading), "NUMBER") and reading.previous != index - 1


# In the value of a setting, outside of brackets.


def in_value(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    token, place = reading.tokens[index], reading.place(index)
    if "TEXT" in accepts:
        return _value_expected(reading, index)
    if "NEWLINE" in accepts and begins_item(reading.tokens, index) and reading.is_file:
        return problems.line_end_missing(in_words(token), place), insert("NEWLINE", "")
    if token.type in ("EQUAL", "LBRACE") and is_token(_previous(reading), "NAME") and setting_at(reading.values):
        before = reading.values[-2]
        if token.type == "EQUAL" and is_token(reading.values[-1], "NAME") and is_token(reading.values[-2], "NUMBER"):
            return (
                problems.line_end_missing(in_words(_previous(reading)), reading.place(reading.previous)),
                repairs.split_before,
            )
        if token.type == "EQUAL" and is_token(before, "EQUAL"):
            return problems.unexpected("a second `=`", place), panic
    if token.type in CLOSING:
        return problems.closes_nothing(place, str(token)), skip
    if token.type == "COMMA":
        return _comma(reading, place)
    return _after_value(reading, index, accepts)


def _comma(reading: Reading, place: Place) -> Mistake:
    comma = problems.unexpected("a comma", place, help="commas separate settings inside braces only")
    return comma, replace("NEWLINE") if reading.is_file else panic


def _value_expected(reading: Reading, index: int) -> Mistake:
    """Inside brackets or not: the parser waits for a value."""
    token, place = reading.tokens[index], reading.place(index)
    previous = _previous(reading)
    after_equals = is_token(previous, "EQUAL")
    if token.type in (*_LINE_ENDS, *CLOSING):
        if not after_equals:
            if token.type == "COMMA":
                return problems.value_missing(" before this comma", place), skip
            return problems.value_missing("", place), panic
        name = reading.source.slice(_assigned(reading))
        missing = problems.value_missing(f" after `{problems.shorten(name)} =`", reading.place(reading.previous))
        return missing, repairs.broken_value
    if after_equals and token.type in ("EQUAL", "ABOVE") and reading.touches(index):
        return problems.equals_wrong(f"={token}", reading.place(reading.previous, index)), skip
    if token.type == "LBRACE":
        gap = Span(reading.values[-2].span.end, previous.end_pos) if after_equals else None
        fix = Fix("remove the `=`", (Edit(Place(reading.source, gap), ""),)) if gap else None
        if after_equals and isinstance(reading.values[-2], Path):
            return problems.block_as_value(reading.place(reading.previous), fix), repairs.as_block
        return problems.block_in_brackets(place), panic
    if token.type == "DOT" and reading.follows(index + 1, "NUMBER"):
        whole = reading.place(index, index + 1)
        number = reading.source.slice(whole.span)
        return problems.number_malformed(number, whole, better=f"0{number}"), panic
    if token.type in _RESERVED:
        return problems.reserved_word(str(token), place), replace("NAME")
    if token.type in _COMPARES:
        return problems.comparison_malformed(f"nothing stands before `{token}`", place), panic
    return problems.unexpected(in_words(token), place, after=" where a value should stand"), panic


def _assigned(reading: Reading) -> Span:
    """What stands before the `=` that was taken last."""
    named = reading.values[-2]
    return Span(named.start_pos, named.end_pos) if isinstance(named, Token) else named.span


def _after_value(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    """A value is complete, or wants more than the parser finds."""
    token, place = reading.tokens[index], reading.place(index)
    previous = _previous(reading)
    if is_token(previous, *_COMPARES):
        return problems.comparison_malformed(f"`{previous}` is not followed by a number", place), panic
    if is_token(previous, "DOTS"):
        return problems.value_missing(" after `..`", reading.place(reading.previous)), panic
    if is_token(previous, "DOT"):
        return problems.unexpected(in_words(token), place, after=" after `.`, where a name should stand"), panic
    if token.type in _COMPARES:
        return problems.comparison_malformed(f"what stands before `{token}` cannot be compared", place), panic
    named = is_token(previous, "NAME") and token.type in ("TEXT", "LBRACE", "LSQB")
    help = "the arguments of a call stand in `()`" if named else None
    return problems.unexpected(in_words(token), place, after=" after the value", help=help), panic


# At the beginning of a line, before any `=` or `{`.


def in_header(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    token, place = reading.tokens[index], reading.place(index)
    header = reading.header
    if not header:
        return _item_expected(reading, index)
    if is_token(header[0], "IMPORT"):
        here = reading.place(reading.previous) if token.type in ("NEWLINE", "$END") else place
        return problems.import_malformed(here), panic
    if is_complete(header[-1]):
        return _after_item(reading, index)
    first = reading.tokens[reading.previous]
    if is_token(first, "DOT"):
        return problems.unexpected(in_words(token), place, after=" after `.`, where a name should stand"), panic
    if is_token(first, "FOR"):
        return problems.header_malformed(place, "a name is missing after `for`"), panic
    whole = Place(reading.source, _span(header[0]) | _span(first))
    words = reading.source.slice(whole.span)
    gap = Place(reading.source, Span(first.end_pos, first.end_pos))
    if token.type in _LINE_ENDS:
        brace = _next_line(reading, index)
        if is_token(reading.tokens[brace], "LBRACE") and "LBRACE" in accepts:
            reason = "the `{` of a block stands on the line of its header"
            return problems.header_malformed(reading.place(brace), reason), repairs.skip_to(brace)
        if len(header) > 2:
            return problems.brace_missing(whole), panic
        return problems.word_alone(words, whole), panic
    if len(header) == 1 and "EQUAL" in accepts:
        if is_token(token, "TEXT") and "LBRACE" in accepts and reading.follows(index + 1, "LBRACE"):
            return _quoted_name(reading, index)
        if token.type in _VALUES and reading.follows(index + 1, "LBRACE"):
            return problems.header_malformed(place, "the name of a block is a name"), panic
        if token.type in _VALUES:
            return problems.equals_missing(words, gap, place), insert("EQUAL", "")
        if token.type == "LBRACE":
            return problems.header_malformed(whole, "the kind of a block is one word"), panic
    if len(header) == 2 and is_token(header[1], "NAME"):
        if token.type in ("LPAR", "DOT") or (token.type in _COMPARES):
            kind = Place(reading.source, Span(header[0].end_pos, header[0].end_pos))
            where = reading.place(reading.previous)
            return problems.equals_missing(str(header[0]), kind, where), repairs.equals_before
        if token.type == "EQUAL" and reading.follows(index + 1, "LBRACE"):
            fix = Fix("remove the `=`", (Edit(Place(reading.source, Span(first.end_pos, token.end_pos)), ""),))
            return problems.block_as_value(place, fix), skip
        if token.type == "EQUAL":
            return problems.bad_name(words, whole, better=words.replace(" ", "_")), panic
        if token.type == "NAME":
            reason = f"`{problems.shorten(str(token))}` stands where a block's header has `for` or `{{`"
            return problems.header_malformed(place, reason), panic
    return problems.unexpected(in_words(token), place, after=f" after `{problems.shorten(words)}`"), panic


def _span(part: Token | Path) -> Span:
    return Span(part.start_pos, part.end_pos) if isinstance(part, Token) else part.span


def _next_line(reading: Reading, index: int) -> int:
    while reading.tokens[index].type in ("NEWLINE", "COMMENT"):
        index += 1
    return index


def _quoted_name(reading: Reading, index: int) -> Mistake:
    token = reading.tokens[index]
    plain = token[1:-1]
    if not _IDENTIFIER.fullmatch(plain):
        return problems.header_malformed(reading.place(index), "the name of a block is a name, not a text"), panic
    fix = Fix(f"write `{plain}`", (Edit(reading.place(index), plain),))

    def rename(reading: Reading, index: int) -> int:
        name = Token("NAME", plain, token.start_pos, end_pos=token.end_pos)
        reading.tokens[index] = name
        return index

    reason = "the name of a block is written without quotes"
    return problems.header_malformed(reading.place(index), reason, fix=fix), rename


def _item_expected(reading: Reading, index: int) -> Mistake:
    token, place = reading.tokens[index], reading.place(index)
    if token.type == "IMPORT":
        return problems.import_inside(place), panic
    if token.type in _RESERVED:
        return problems.reserved_word(str(token), place), replace("NAME")
    if token.type in CLOSING:
        return problems.closes_nothing(place, str(token)), skip
    if token.type == "COMMA":
        return _comma(reading, place)
    return problems.item_without_name(in_words(token), place), panic


def _after_item(reading: Reading, index: int) -> Mistake:
    token, place = reading.tokens[index], reading.place(index)
    if begins_item(reading.tokens, index):
        return problems.line_end_missing(in_words(token), place), insert("NEWLINE", "")
    if token.type in CLOSING:
        return problems.closes_nothing(place, str(token)), skip
    if token.type == "COMMA":
        return _comma(reading, place)
    return problems.unexpected(in_words(token), place, after=" after this setting or block"), panic
