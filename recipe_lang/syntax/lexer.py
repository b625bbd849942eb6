"""Text to tokens, all of them, and the pass that leaves out what the grammar does not see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from lark import Token
from lark.lexer import BasicLexer
from lark.utils import TextSlice

WORD_LIMIT = 30_000
"""Tokens of a file without its line ends and commas, which its canonical layout may have more of; in all, thrice that.

What is read in well under a second.
"""

RESTARTS = 100
"""Unfinished text blocks after which their guessed ends are no longer looked for."""

OPENING = frozenset({"LPAR", "LSQB"})
CLOSING = frozenset({"RPAR", "RSQB"})
CLOSER = {"LPAR": ("RPAR", ")"), "LSQB": ("RSQB", "]")}
BRACES = frozenset({"LBRACE", "RBRACE"})
BLOCKS = ("TEXT_BLOCK", "UNFINISHED_BLOCK")


class Significant:
    """Lark's `postlex`: drops comments, and line ends inside `()` and `[]`; tells `like` from a name."""

    always_accept = (
        "LIKE",
        "COMMENT",
        "UNFINISHED_BLOCK",
        "SINGLE_QUOTED",
        "BAD_NUMBER",
        "UNFINISHED_TEXT",
        "BAD_NAME",
        "STRAY",
    )

    def process(self, stream: Iterable[Token]) -> Iterator[Token]:
        tokens = list(stream)
        mark_heirs(tokens)
        return (tokens[index] for index in significant(tokens))


def significant(tokens: Sequence[Token], start: int = 0, depth: int = 0) -> Iterator[int]:
    """Indices of the tokens that the grammar sees, from `start` on, inside `depth` open brackets.

    Braces never stand inside brackets, so they end an unclosed one.
    """
    for index in range(start, len(tokens)):
        kind = tokens[index].type
        if kind == "COMMENT" or (depth > 0 and kind == "NEWLINE"):
            continue
        if kind in OPENING:
            depth += 1
        elif kind in CLOSING:
            depth = max(0, depth - 1)
        elif kind in BRACES:
            depth = 0
        yield index


def make(kind: str, text: str, start: int, end: int | None = None) -> Token:
    return Token(kind, text, start, end_pos=start + len(text) if end is None else end)


_HEADER = re.compile(r"(NEWLINE|LBRACE|RBRACE|COMMA|^) NAME (NAME |(NAME )?FOR (NAME DOT )*NAME )$")


def mark_heirs(tokens: Sequence[Token]) -> None:
    """`like` is a word of its own behind the name of a block or the path after `for`."""
    for index, token in enumerate(tokens):
        if token == "like" and token.type == "NAME":
            before = tokens[max(0, index - 12) : index]
            if _HEADER.search(" ".join(("", *(each.type for each in before), ""))):
                token.type = "LIKE"


class TooManyTokens(Exception):
    """The text has more tokens than are read."""


def lex(lexer: BasicLexer, text: str) -> list[Token]:
    """The tokens of a text, comments and line ends included. Raises `TooManyTokens`.

    A text block that is not closed ends where its recipe seems to go on, so that it does not swallow the rest. Lark's
    own loop would count lines and columns, which nobody reads here.
    """
    tokens: list[Token] = []
    match, callbacks, ignored = lexer.scanner.match, lexer.callback, lexer.ignore_types
    whole = TextSlice(text, 0, len(text))
    at = restarts = separators = 0
    while at < len(text):
        value, kind = match(whole, at)
        start, at = at, at + len(value)
        if kind in ignored:
            continue
        token = Token(kind, value, start, end_pos=at)
        if kind in callbacks:
            token = callbacks[kind](token)
        if kind in BLOCKS and restarts < RESTARTS and (end := _guessed_end(text, token)) is not None:
            token = make("UNFINISHED_BLOCK", text[start:end], start)
            at, restarts = end, restarts + 1
        tokens.append(token)
        separators += kind in ("NEWLINE", "COMMA")
        if len(tokens) - separators > WORD_LIMIT or len(tokens) > 3 * WORD_LIMIT:
            raise TooManyTokens
    mark_heirs(tokens)
    return tokens


_ITEM = re.compile(
    r"""^(?P<indentation>[ \t]*)
    (?: \} | import\b | [A-Za-z_][\w.]*[ \t]*=
      | [A-Za-z_]\w* (?:[ \t]+[A-Za-z_]\w*)? (?:[ \t]+(?:for|like)[ \t]+[\w.]+)* [ \t]*\{(?![{%\#]) )""",
    re.MULTILINE | re.VERBOSE,
)
_LINE_END = re.compile(r"[ \t]*$", re.MULTILINE)


def _guessed_end(text: str, token: Token) -> int | None:
    """Where a text block ends that is unfinished; None for a closed one.

    One whose closing quotes are those that open the next text block is unfinished too. The end is before the first
    line that looks like an item and is not indented deeper than the line of the opening quotes.
    """
    if token.type == "TEXT_BLOCK":
        last = text.rfind("\n", token.start_pos, token.end_pos) + 1
        before = text[last : token.end_pos - 3].rstrip(" \t") if last else ""
        if not before.endswith(("=", "(", "[", ",")) or not _LINE_END.match(text, token.end_pos):
            return None
        limit = last - 1
    else:
        limit = token.end_pos
    indentation = line_indentation(text, token.start_pos)
    after = text.find("\n", token.start_pos)
    for match in _ITEM.finditer(text, after + 1, limit) if after >= 0 else ():
        if len(match["indentation"]) <= indentation:
            return match.start() - 1
    return limit


def line_indentation(text: str, offset: int) -> int:
    """How many blanks begin the line of an offset."""
    start = text.rfind("\n", 0, offset) + 1
    end = start
    while end < len(text) and text[end] in " \t":
        end += 1
    return end - start
