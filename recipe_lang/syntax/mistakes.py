"""What is wrong at a token that the parser cannot take, in words, and the repair that reading goes on with.

The parser's stacks say where it is: inside brackets, in the value of a setting, or in the header of a line.
"""

from __future__ import annotations

from lark import Token

from recipe_lang.diagnostics.model import Edit, Fix, Place
from recipe_lang.diagnostics.problems import literals
from recipe_lang.diagnostics.problems import syntax as problems
from recipe_lang.diagnostics.problems.wording import shorten
from recipe_lang.source import Span
from recipe_lang.syntax import recovery as repairs
from recipe_lang.syntax.headers import comma_between, in_header
from recipe_lang.syntax.lexer import CLOSER, CLOSING
from recipe_lang.syntax.reading import (
    COMPARES,
    LINE_ENDS,
    RESERVED,
    VALUES,
    Reading,
    begins_item,
    closes,
    in_words,
    is_token,
    matching_brace,
    open_brackets,
    setting_at,
)
from recipe_lang.syntax.recovery import Mistake, insert, panic, replace, skip
from recipe_lang.syntax.strays import stray
from recipe_lang.syntax.tree import Path


def diagnose(reading: Reading, index: int) -> Mistake:
    accepts = reading.parser.accepts()
    alone = stray(reading, index, accepts)
    if alone:
        return alone
    brackets = open_brackets(reading.values)
    sign = comparison_sign(reading, index)
    if sign:
        return sign
    if brackets:
        return in_brackets(reading, index, accepts, brackets)
    if setting_at(reading.values) is not None or not reading.is_file:
        return in_value(reading, index, accepts)
    return in_header(reading, index, accepts)


# The signs of comparisons that other languages write.

_SIGNS = {"==": ">=", "=>": ">=", "=<": "<=", "> =": ">=", "< =": "<="}
_KINDS = {">=": "LEAST", "<=": "MOST"}


def comparison_sign(reading: Reading, index: int) -> Mistake | None:
    """A sign in two tokens between a name and a number: `==`, `=>`, `> =`."""
    tokens = reading.tokens
    apart = tokens[index].type == "EQUAL" and is_token(reading.last, "ABOVE", "BELOW")
    first, last = (reading.previous, index) if apart else (index, min(index + 1, len(tokens) - 1))
    sign = f"{tokens[first]} {tokens[last]}" if apart else f"{tokens[first]}{tokens[last]}"
    before = tokens[first - 1] if first else None
    if sign not in _SIGNS or not is_token(before, "NAME", "RPAR") or tokens[last + 1].type not in ("NUMBER", "PERCENT"):
        return None
    if not apart and not {"LEAST", "MOST"} & reading.parser.accepts():
        return None
    better = _SIGNS[sign]
    place = reading.place(first, last)
    problem = problems.comparison_sign(reading.source.slice(place.span), better, place)
    return problem, repairs.compare(first, last, _KINDS[better], better)


# Inside `()` and `[]`.


def in_brackets(reading: Reading, index: int, accepts: set[str], brackets: list[Token]) -> Mistake:
    token, place = reading.tokens[index], reading.place(index)
    inner = brackets[0]
    kind, sign = CLOSER[inner.type]
    inner_place = Place(reading.source, Span(inner.start_pos, inner.end_pos))
    not_closed = problems.bracket_not_closed(str(inner), sign, inner_place), repairs.close_brackets
    if token.type in CLOSING and token.type != kind:
        if any(CLOSER[bracket.type][0] == token.type for bracket in brackets):
            return not_closed[0], insert(kind, sign)
        return problems.wrong_closing(str(token), sign, place, inner_place), replace(kind)
    if token.type == "LBRACE":
        after = matching_brace(reading.tokens, index) + 1
        if closes(reading.tokens, after, len(brackets)) is not None and not _ends_header(reading, index):
            return problems.block_in_brackets(place), panic
    if closes(reading.tokens, index, len(brackets)) is None:
        return not_closed
    previous = reading.last
    if "TEXT" in accepts:
        return _value_expected(reading, index)
    if token.type in (*VALUES, "NAME"):
        gap = Place(reading.source, Span(previous.end_pos, previous.end_pos))
        if "EQUAL" in accepts and token.type != "NAME":
            return problems.equals_missing(str(previous), gap, place), insert("EQUAL", "")
        if is_token(previous, "NAME") and token.type in ("NUMBER", "PERCENT"):
            unit = f" {reading.tokens[index + 1]}" if reading.follows(index + 1, "NAME") else ""
            help = f"the arguments of a call stand in `()`: `{previous}({token}{unit})`"
            return problems.unexpected(in_words(token), place, after=f" after `{previous}`", help=help), panic
        if "COMMA" in accepts or _unit_on_next_line(reading, index):
            return problems.comma_missing(in_words(token), gap, place), insert("COMMA", "")
    if token.type == "EQUAL":
        if inner.type == "LSQB":
            return problems.unexpected("`=`", place, after=" inside a list", help="a list holds values only"), panic
        if is_token(previous, "NAME") and is_token(reading.values[-2], "NUMBER"):  # the name was taken for a unit
            before = reading.values[-2].end_pos
            gap = Place(reading.source, Span(before, before))
            return problems.comma_missing(in_words(previous), gap, reading.place(reading.previous)), panic
        return problems.unexpected("`=`", place, help="the name of an argument is one word before a `=`"), panic
    return _after_value(reading, index, accepts)


def _ends_header(reading: Reading, index: int) -> bool:
    """Whether words alone stand before a token on its line, as in the header of a block."""
    first = index
    while first > 0 and reading.tokens[first - 1].type in ("NAME", "FOR", "LIKE", "DOT"):
        first -= 1
    return first < index and (first == 0 or reading.tokens[first - 1].type == "NEWLINE")


def _unit_on_next_line(reading: Reading, index: int) -> bool:
    return is_token(reading.last, "NUMBER") and reading.previous != index - 1


# In the value of a setting, outside of brackets.


def in_value(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    token, place = reading.tokens[index], reading.place(index)
    if "TEXT" in accepts:
        return _value_expected(reading, index)
    if "NEWLINE" in accepts and begins_item(reading.tokens, index) and reading.is_file:
        return problems.line_end_missing(in_words(token), place), insert("NEWLINE", "")
    if token.type == "EQUAL" and is_token(reading.last, "NAME") and reading.is_file:
        before = reading.values[-2]
        if is_token(before, "NUMBER"):  # the next setting's name was taken for a unit
            found = problems.line_end_missing(in_words(reading.last), reading.place(reading.previous))
            return found, repairs.split_before
        if is_token(before, "EQUAL"):
            return problems.unexpected("a second `=`", place), panic
    if token.type in CLOSING:
        return problems.closes_nothing(place, str(token)), skip
    if token.type == "COMMA":
        return comma_between(reading, place)
    return _after_value(reading, index, accepts)


def _value_expected(reading: Reading, index: int) -> Mistake:
    """Inside brackets or not: the parser waits for a value."""
    token, place = reading.tokens[index], reading.place(index)
    previous = reading.last
    after_equals = is_token(previous, "EQUAL")
    if token.type in (*LINE_ENDS, *CLOSING):
        if not after_equals:
            if token.type == "COMMA":
                help = "remove the comma, or write what should stand before it"
                return problems.value_missing(" before this comma", place, help), skip
            return problems.value_missing("", place), panic
        name = reading.source.slice(_assigned(reading))
        missing = problems.value_missing(f" after `{shorten(name)} =`", reading.place(reading.previous))
        return missing, repairs.broken_value
    if after_equals and (token.type == "EQUAL" or (token.type == "ABOVE" and reading.touches(index))):
        signs = reading.place(reading.previous, index)
        return problems.equals_wrong(reading.source.slice(signs.span), signs), skip
    if after_equals and token.type == "LBRACE" and reading.follows(index + 1, "LBRACE"):
        whole = reading.place(index, matching_brace(reading.tokens, index))
        if "\n" not in whole.source.slice(whole.span):
            return problems.template_without_quotes(whole), panic
    if token.type == "LBRACE":
        gap = Span(reading.values[-2].span.end, previous.end_pos) if after_equals else None
        fix = Fix("remove the `=`", (Edit(Place(reading.source, gap), ""),)) if gap else None
        if after_equals and isinstance(reading.values[-2], Path):
            return problems.block_as_value(reading.place(reading.previous), fix), repairs.as_block
        return problems.block_in_brackets(place), panic
    if token.type == "DOT" and reading.follows(index + 1, "NUMBER"):
        whole = reading.place(index, index + 1)
        number = reading.source.slice(whole.span)
        return literals.number_malformed(number, whole, better=f"0{number}"), panic
    if token.type in RESERVED:
        return literals.reserved_word(str(token), place), replace("NAME")
    if token.type in COMPARES:
        return problems.comparison_malformed(f"nothing stands before `{token}`", place), panic
    return problems.unexpected(in_words(token), place, after=" where a value should stand"), panic


def _assigned(reading: Reading) -> Span:
    """What stands before the `=` that was taken last."""
    named = reading.values[-2]
    return Span(named.start_pos, named.end_pos) if isinstance(named, Token) else named.span


def _after_value(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    """A value is complete, or wants more than the parser finds."""
    token, place = reading.tokens[index], reading.place(index)
    previous = reading.last
    if is_token(previous, *COMPARES):
        return problems.comparison_malformed(f"`{previous}` is not followed by a number", place), panic
    if is_token(previous, "DOTS"):
        return problems.value_missing(" after `..`", reading.place(reading.previous)), panic
    if is_token(previous, "DOT"):
        return problems.unexpected(in_words(token), place, after=" after `.`, where a name should stand"), panic
    if token.type in COMPARES:
        return problems.comparison_malformed(f"what stands before `{token}` cannot be compared", place), panic
    named = is_token(previous, "NAME") and token.type in ("TEXT", "LBRACE", "LSQB", "NUMBER", "PERCENT")
    help = "the arguments of a call stand in `()`" if named else None
    if is_token(previous, "NAME") and str(token) in ("epoch", "step"):
        help = f"the arguments of a call stand in `()`: `{previous}(1 {token})`"
    if is_token(previous, "TEXT") and reading.touches(index):
        help = 'the text ends at the `"` before it: a `"` inside a text is written `\\"`, and Jinja takes `\'` as well'
    return problems.unexpected(in_words(token), place, after=" after the value", help=help), panic
