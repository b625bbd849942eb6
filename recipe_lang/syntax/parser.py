"""Source text to a tree and diagnostics; never raises, whatever the text."""

from __future__ import annotations

from lark.exceptions import UnexpectedToken

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import syntax as problems
from recipe_lang.source import Source, Span
from recipe_lang.syntax.automaton import automaton, lexer
from recipe_lang.syntax.builder import span
from recipe_lang.syntax.leaves import read_leaf
from recipe_lang.syntax.lexer import Significant, lex
from recipe_lang.syntax.tree import Body, Comment, File, Value


def parse(source: Source) -> tuple[File, list[Diagnostic]]:
    """The tree of a recipe, and what is wrong with how it is written, in the order of the text."""
    tokens = lex(lexer(), source.text)
    items, found = _run(source, "file", tokens)
    whole = Span(0, len(source.text))
    body = Body(tuple(items or ()), whole, complete=items is not None)
    comments = tuple(Comment(str(token), span(token)) for token in tokens if token.type == "COMMENT")
    return File(source, body, comments, tuple(tokens)), found


def parse_value(source: Source) -> tuple[Value | None, list[Diagnostic]]:
    """The value that a text holds, such as the right side of `--set`."""
    return _run(source, "lone", lex(lexer(), source.text))


def _run(source, start, tokens):
    found = []
    interactive = automaton().parse_interactive(None, start)
    for token in Significant().process(tokens):
        found += read_leaf(token, source)
        try:
            interactive.feed_token(token)
        except UnexpectedToken:
            place = Place(source, span(token))
            return None, [*found, problems.unexpected(f"`{problems.shorten(str(token))}`", place)]
    try:
        return interactive.feed_eof(), found
    except UnexpectedToken:
        end = len(source.text)
        return None, [*found, problems.unexpected("the end of the text", Place(source, Span(end, end)))]
