"""What is wrong in a line before any `=` or `{`: in the header of a block, in an import, or at the very beginning."""

from __future__ import annotations

import re

from lark import Token

from recipe_lang.diagnostics.model import Edit, Fix, Place
from recipe_lang.diagnostics.problems import literals
from recipe_lang.diagnostics.problems import syntax as problems
from recipe_lang.diagnostics.problems.wording import shorten
from recipe_lang.source import Span
from recipe_lang.syntax import recovery as repairs
from recipe_lang.syntax.lexer import CLOSING, make
from recipe_lang.syntax.reading import (
    COMPARES,
    LINE_ENDS,
    RESERVED,
    VALUES,
    Reading,
    begins_item,
    in_words,
    is_complete,
    is_token,
)
from recipe_lang.syntax.recovery import Mistake, insert, panic, replace, skip
from recipe_lang.syntax.tree import Path

_IN_LISTS = ("NAME", "NUMBER", "PERCENT", "TEXT", "DOT", "COMMA")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def in_header(reading: Reading, index: int, accepts: set[str]) -> Mistake:
    token, place = reading.tokens[index], reading.place(index)
    header = reading.header
    if not header:
        return _item_expected(reading, index)
    if is_token(header[0], "IMPORT"):
        here = reading.place(reading.previous) if token.type in ("NEWLINE", "$END") else place
        if is_token(header[-1], "TEXT") and token.type in ("NEWLINE", "$END"):
            return _import_without_name(reading, header[-1], here)
        return problems.import_malformed(here), panic
    if is_complete(header[-1]):
        return _after_item(reading, index)
    if len(header) == 1 and token.type in LINE_ENDS and (bare := _bare_list(reading, index - 1)):
        return problems.list_without_brackets(bare), panic
    first = reading.tokens[reading.previous]
    if is_token(first, "DOT"):
        return problems.unexpected(in_words(token), place, after=" after `.`, where a name should stand"), panic
    if isinstance(first, Token) and first.type in ("FOR", "LIKE"):
        return problems.header_malformed(place, f"a name is missing after `{first}`"), panic
    if token.type == "FOR" and any(is_token(part, "LIKE") for part in header):
        return problems.header_malformed(place, "`for` stands before `like`"), panic
    whole = Place(reading.source, _span(header[0]) | _span(first))
    words = reading.source.slice(whole.span)
    gap = Place(reading.source, Span(first.end_pos, first.end_pos))
    if token.type in LINE_ENDS:
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
        if token.type in VALUES and reading.follows(index + 1, "LBRACE"):
            return problems.header_malformed(place, "the name of a block is a name"), panic
        if words == "from" and reading.follows(index, "TEXT", "IMPORT", "NAME"):
            better = f"import {token} as {reading.tokens[index + 2]}"
            return problems.import_malformed(reading.place(reading.previous, index + 2), better=better), panic
        if token.type in VALUES:
            return problems.equals_missing(words, gap, place), insert("EQUAL", "")
        if token.type == "LBRACE":
            return problems.header_malformed(whole, "the kind of a block is one word"), panic
    if len(header) == 2 and is_token(header[1], "NAME"):
        if token.type in ("LPAR", "DOT") or (token.type in COMPARES):
            kind = Place(reading.source, Span(header[0].end_pos, header[0].end_pos))
            where = reading.place(reading.previous)
            return problems.equals_missing(str(header[0]), kind, where), repairs.equals_before
        if token.type == "EQUAL" and reading.follows(index + 1, "LBRACE"):
            fix = Fix("remove the `=`", (Edit(Place(reading.source, Span(first.end_pos, token.end_pos)), ""),))
            return problems.block_as_value(place, fix), skip
        if token.type == "EQUAL":
            return literals.bad_name(words, whole, better=words.replace(" ", "_")), panic
        if token.type == "NAME":
            reason = f"`{shorten(str(token))}` stands where a block's header has `for`, `like` or `{{`"
            return problems.header_malformed(place, reason), panic
    return problems.unexpected(in_words(token), place, after=f" after `{shorten(words)}`"), panic


def _import_without_name(reading: Reading, path: Token, place: Place) -> Mistake:
    """The name is that of which the file uses parts and which it does not declare, if there is one alone."""
    tokens, heads, known = reading.tokens, set[str](), set[str]()
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.type == "NAME":
            if after.type == "DOT" and before.type != "DOT":
                heads.add(str(token))
            elif after.type in ("LBRACE", "FOR", "LIKE") or before.type == "AS":
                known.add(str(token))
    heads -= known
    stem = re.sub(r"\W", "_", path[1:-1].rpartition("/")[2].removesuffix(".ift"))
    alias = heads.pop() if len(heads) == 1 else ""
    guess = alias or (stem if _IDENTIFIER.fullmatch(stem) else "name")
    problem = problems.import_malformed(place, better=f"import {path} as {guess}")
    return problem, repairs.name_import(alias) if alias else panic


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
        reading.tokens[index] = make("NAME", plain, token.start_pos, token.end_pos)
        return index

    reason = "the name of a block is written without quotes"
    return problems.header_malformed(reading.place(index), reason, fix=fix), rename


def _item_expected(reading: Reading, index: int) -> Mistake:
    token, place = reading.tokens[index], reading.place(index)
    if token.type == "IMPORT":
        return problems.import_inside(place), panic
    if token.type in RESERVED:
        return literals.reserved_word(str(token), place), replace("NAME")
    if token.type in CLOSING:
        return problems.closes_nothing(place, str(token)), skip
    if token.type == "COMMA":
        return comma_between(reading, place)
    if bare := _bare_list(reading, index):
        return problems.list_without_brackets(bare), repairs.skip_line
    plain = token[1:-1]
    if is_token(token, "TEXT") and reading.follows(index + 1, "EQUAL") and _IDENTIFIER.fullmatch(plain):
        return problems.item_without_name(in_words(token), place, better=plain), panic
    return problems.item_without_name(in_words(token), place), panic


def _bare_list(reading: Reading, index: int) -> Place | None:
    """`a, b` without brackets, behind a `=` on the line of a token that stands after a comma."""
    tokens = reading.tokens
    first = last = index
    while first > 0 and tokens[first - 1].type in _IN_LISTS:
        first -= 1
    while last + 1 < len(tokens) and tokens[last + 1].type in _IN_LISTS:
        last += 1
    if not is_token(tokens[first - 1], "EQUAL") or all(token.type != "COMMA" for token in tokens[first:index]):
        return None
    return reading.place(first, last)


def _after_item(reading: Reading, index: int) -> Mistake:
    token, place = reading.tokens[index], reading.place(index)
    if begins_item(reading.tokens, index):
        return problems.line_end_missing(in_words(token), place), insert("NEWLINE", "")
    if token.type in CLOSING:
        return problems.closes_nothing(place, str(token)), skip
    if token.type == "COMMA":
        return comma_between(reading, place)
    return problems.unexpected(in_words(token), place, after=" after this setting or block"), panic


def comma_between(reading: Reading, place: Place) -> Mistake:
    """A comma between items at the top of a file."""
    comma = problems.unexpected("a comma", place, help="commas separate settings inside braces only")
    return comma, replace("NEWLINE") if reading.is_file else panic
