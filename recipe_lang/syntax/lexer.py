"""Text to tokens, all of them, and the pass that leaves out what the grammar does not see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from lark import Token
from lark.lexer import BasicLexer, LexerState
from lark.utils import TextSlice

TOKEN_LIMIT = 50_000
"""Tokens of a file: what lexes and parses in well under a second."""

_OPENING = frozenset({"LPAR", "LSQB"})
_CLOSING = frozenset({"RPAR", "RSQB"})
_BRACES = frozenset({"LBRACE", "RBRACE"})


class Significant:
    """Lark's `postlex`: drops comments, and line ends inside `()` and `[]`. Braces never stand inside of those."""

    always_accept = (
        "COMMENT",
        "UNFINISHED_BLOCK",
        "SINGLE_QUOTED",
        "BAD_NUMBER",
        "UNFINISHED_TEXT",
        "BAD_NAME",
        "STRAY",
    )

    def process(self, tokens: Iterable[Token]) -> Iterator[Token]:
        depth = 0
        for token in tokens:
            kind = token.type
            if kind == "COMMENT" or (depth > 0 and kind == "NEWLINE"):
                continue
            if kind in _OPENING:
                depth += 1
            elif kind in _CLOSING:
                depth -= 1
            elif kind in _BRACES:
                depth = 0
            yield token


def lex(lexer: BasicLexer, text: str, limit: int = TOKEN_LIMIT) -> list[Token]:
    """The tokens of a text, comments and line ends included; at most `limit + 1` of them."""
    return list(islice(lexer.lex(LexerState(TextSlice(text, 0, len(text))), None), limit + 1))
