"""Source text to a tree and diagnostics; never raises, whatever the text."""

from __future__ import annotations

from lark import Token
from lark.exceptions import UnexpectedToken

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import syntax as problems
from recipe_lang.source import Source, Span
from recipe_lang.syntax.automaton import automaton, lexer
from recipe_lang.syntax.braces import limit_nesting, match_braces
from recipe_lang.syntax.builder import span
from recipe_lang.syntax.foreign import foreign_forms, other_language
from recipe_lang.syntax.indented import brace_indented
from recipe_lang.syntax.leaves import LEAVES, REPORT_LIMIT, read_leaf
from recipe_lang.syntax.lexer import WORD_LIMIT, TooManyTokens, lex, make, significant
from recipe_lang.syntax.reading import Reading, open_brackets
from recipe_lang.syntax.tree import Body, Broken, Comment, File, Value

SIZE_LIMIT = 1 << 20
"""Bytes of a file in UTF-8."""

_RECOVERIES = 1000
"""Repairs of one file: far more than are reported, and bounded whatever the text."""


def parse(source: Source) -> tuple[File, list[Diagnostic]]:
    """The tree of a recipe, and what is wrong with how it is written, in the order of the text."""
    tokens, found = _tokens(source)
    whole = Span(0, len(source.text))
    if found:
        return File(source, Body((), whole, complete=False)), found
    comments = tuple(Comment(str(token), span(token)) for token in tokens if token.type == "COMMENT")
    meant, forms = foreign_forms(tokens, source)
    kept, too_deep = limit_nesting(meant, source)
    braced, colons = brace_indented([*kept, _end(source)], source)
    matched, braces = match_braces(braced, source)
    reading = _read(source, matched, "file")
    wrong = [*forms, *too_deep, *colons, *braces, *reading.found]
    if wrong and (other := other_language(source)) is not None:
        return File(source, Body((), whole, complete=False)), [other]
    body = reading.result if isinstance(reading.result, Body) else Body((), whole, complete=False)
    body.span = whole
    body.complete = body.complete and not too_deep
    if reading.imports:
        body.items = tuple(sorted((*body.items, *reading.imports), key=lambda item: item.span.start))
    return File(source, body, comments, tuple(tokens)), _in_order(wrong)


def parse_value(source: Source) -> tuple[Value | None, list[Diagnostic]]:
    """The value that a text holds, such as the right side of `--set`; None where it cannot be read."""
    tokens, found = _tokens(source)
    if not found:
        tokens, found = limit_nesting(tokens, source)
    if found:
        return None, found
    reading = _read(source, [*tokens, _end(source)], "lone")
    value = None if isinstance(reading.result, Broken) else reading.result
    return value, reading.found[:1] if value is None else reading.found


def _tokens(source: Source) -> tuple[list[Token], list[Diagnostic]]:
    text = source.text
    if len(text) > SIZE_LIMIT or len(text.encode("utf-8", "surrogatepass")) > SIZE_LIMIT:
        return [], [problems.file_too_large("1 MiB of text", Place(source, Span(0, 0)))]
    try:
        return lex(lexer(), text), []
    except TooManyTokens:
        return [], [problems.file_too_large(f"{WORD_LIMIT:,} words and signs", Place(source, Span(0, 0)))]


def _end(source: Source) -> Token:
    return make("$END", "", len(source.text))


def _in_order(found: list[Diagnostic]) -> list[Diagnostic]:
    found.sort(key=lambda diagnostic: diagnostic.place.span)
    if len(found) > REPORT_LIMIT:
        found[REPORT_LIMIT - 1 :] = [problems.last_shown(found[REPORT_LIMIT - 1], REPORT_LIMIT)]
    return found


def _read(source: Source, tokens: list[Token], start: str) -> Reading:
    reading = Reading(source, tokens, automaton().parse_interactive(None, start))
    at = 0
    while at < len(tokens):
        at = _feed(reading, at)
        if reading.recoveries > _RECOVERIES or len(reading.found) > REPORT_LIMIT:
            break
    return reading


def _feed(reading: Reading, at: int) -> int:
    """Feeds tokens up to the next mistake; returns the index to go on with."""
    depth = len(open_brackets(reading.values)) if at else 0
    for index in significant(reading.tokens, at, depth):
        token = reading.tokens[index]
        if token.type in LEAVES:
            reading.found += read_leaf(token, reading.source)
        try:
            if token.type == "NAME" and _beside_its_number(reading, index):
                raise UnexpectedToken(token, ())
            reading.feed(token)
        except UnexpectedToken:
            return _recover(reading, index)
        reading.previous = index
    return len(reading.tokens)


def _beside_its_number(reading: Reading, index: int) -> bool:
    """Whether a name would become the unit of a number on an earlier line."""
    apart = index - reading.previous > 1 and reading.inserted != index
    return apart and reading.tokens[reading.previous].type == "NUMBER"


def _recover(reading: Reading, index: int) -> int:
    from recipe_lang.syntax.mistakes import diagnose  # most recipes have no mistakes and need not wait for it

    reading.recoveries += 1
    diagnostic, repair = diagnose(reading, index)
    reading.report(diagnostic, index)
    return repair(reading, index)


__all__ = ["parse", "parse_value"]
