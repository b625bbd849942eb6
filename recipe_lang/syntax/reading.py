"""One text on its way through Lark's interactive parser, and what the parser's stacks say about where it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lark import Token, Tree
from lark.parsers.lalr_interactive_parser import InteractiveParser
from lark.parsers.lalr_parser_state import ParserState

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems.wording import shorten
from recipe_lang.source import Source, Span
from recipe_lang.syntax.builder import Lost
from recipe_lang.syntax.lexer import CLOSING, OPENING
from recipe_lang.syntax.tree import Block, Import, Path, Setting

_ITEM = re.compile(
    r"NAME (DOT NAME )*EQUAL|NAME (NAME )?((FOR|LIKE) NAME (DOT NAME )*)*LBRACE|IMPORT (TEXT|SINGLE_QUOTED)"
)

LINE_ENDS = ("NEWLINE", "RBRACE", "COMMA", "$END")
VALUES = ("TEXT", "TEXT_BLOCK", "NUMBER", "PERCENT", "TRUE", "FALSE", "NONE", "LSQB")
RESERVED = ("IMPORT", "AS", "FOR", "TRUE", "FALSE", "NONE")
COMPARES = ("LEAST", "MOST", "ABOVE", "BELOW")


@dataclass(slots=True)
class Reading:
    source: Source
    tokens: list[Token]
    """All of them with their braces matched, and a last one of type `$END`."""
    parser: InteractiveParser
    found: list[Diagnostic] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    """Those that stand inside blocks."""
    previous: int = -1
    """The index of the last token that the parser took, -1 before the first one."""
    result: Any = None
    reported_line: int = 0
    recoveries: int = 0
    closed: set[int] = field(default_factory=set)
    """Where brackets stand that were closed after a report."""
    inserted: int = -1
    """The index that a missing token was last added before."""

    @property
    def is_file(self) -> bool:
        return self.parser.parser_state.parse_conf.start == "file"

    @property
    def values(self) -> list[Any]:
        return self.parser.parser_state.value_stack

    def place(self, first: int, last: int | None = None) -> Place:
        """From one token to another one, by index."""
        start, end = self.tokens[first], self.tokens[first if last is None else last]
        return Place(self.source, Span(start.start_pos, end.end_pos))

    @property
    def last(self) -> Token | None:
        """The last token that the parser took."""
        return self.tokens[self.previous] if self.previous >= 0 else None

    @property
    def header(self) -> list[Any]:
        """What the parser holds of the line that it is reading."""
        return self.values[header_at(self.parser.parser_state) :]

    def feed(self, token: Token) -> None:
        """Raises `UnexpectedToken` where the grammar has no place for the token."""
        self.result = self.parser.parser_state.feed_token(token, token.type == "$END")

    def report(self, diagnostic: Diagnostic, index: int) -> None:
        """A second report on the same line is a follow-up and is left out."""
        line = self.source.position(self.tokens[index].start_pos).line
        if line != self.reported_line:
            self.found.append(diagnostic)
        self.reported_line = line

    def follows(self, index: int, *kinds: str) -> bool:
        """Whether tokens of these types come from `index` on."""
        return [token.type for token in self.tokens[index : index + len(kinds)]] == list(kinds)

    def touches(self, index: int) -> bool:
        """Whether nothing stands between the last token taken and this one."""
        return self.previous >= 0 and self.tokens[self.previous].end_pos == self.tokens[index].start_pos


def is_token(value: Any, *kinds: str) -> bool:
    return isinstance(value, Token) and value.type in kinds


def is_complete(value: Any) -> bool:
    """Whether a value of the stack ends a setting, a block or an import."""
    if isinstance(value, Tree):
        return value.data in ("_entry", "_top")
    return is_token(value, "RBRACE") or isinstance(value, Import | Setting | Block | Lost)


def setting_at(values: Sequence[Any]) -> int | None:
    """The index of the `=` of the setting whose value is being read."""
    for at in range(len(values) - 1, 0, -1):
        if is_token(values[at], "EQUAL") and isinstance(values[at - 1], Path):
            return at
        if is_token(values[at], "LBRACE"):
            return None
    return None


def open_brackets(values: Sequence[Any]) -> list[Token]:
    """Brackets that are open here, the innermost one first."""
    found: list[Token] = []
    closed = 0
    for value in reversed(values):
        if is_token(value, "LBRACE"):
            break
        if is_token(value, *CLOSING):
            closed += 1
        elif is_token(value, *OPENING) and closed:
            closed -= 1
        elif is_token(value, *OPENING):
            found.append(value)
    return found


def header_at(state: ParserState) -> int:
    """Where on the stack of values the line begins that is being read: its header, or a block just closed."""
    size = len(state.value_stack)
    if size and is_token(state.value_stack[-1], "NEWLINE", "COMMA"):
        return size
    while "setting" not in state.parse_conf.states[state.state_stack[size]]:
        size -= 1
    return size


def begins_item(tokens: Sequence[Token], index: int) -> bool:
    """Whether a setting, a block or an import seems to begin at a token."""
    return _ITEM.match(" ".join(token.type for token in tokens[index : index + 12])) is not None


def closes(tokens: Sequence[Token], index: int, depth: int) -> int | None:
    """The index after the bracket that ends `depth` open ones, None where a brace or the text's end comes before."""
    for at in range(index, len(tokens)):
        kind = tokens[at].type
        if kind in OPENING:
            depth += 1
        elif kind in CLOSING:
            depth -= 1
            if depth <= 0:
                return at + 1
        elif kind in ("LBRACE", "RBRACE", "$END"):
            return None
    return None


def matching_brace(tokens: Sequence[Token], index: int) -> int:
    """The index of the `}` of the `{` at an index; that of the text's end where there is none."""
    depth = 0
    for at in range(index, len(tokens)):
        depth += {"LBRACE": 1, "RBRACE": -1}.get(tokens[at].type, 0)
        if depth == 0:
            return at
    return len(tokens) - 1


def in_words(token: Token) -> str:
    """A token as a message names it."""
    match token.type:
        case "NEWLINE":
            return "the end of the line"
        case "$END":
            return "the end of the text"
        case "TEXT" | "TEXT_BLOCK":
            return "a text"
        case "COMMA":
            return "a comma"
    return f"`{shorten(str(token))}`"
