"""Braces that do not match, mended by indentation before the parser sees them.

A forgotten `}` would otherwise put every later block inside of an earlier one, and one report would become many.
Nothing here happens to a text whose braces match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lark import Token

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import syntax as problems
from recipe_lang.source import Source, Span
from recipe_lang.syntax.leaves import REPORT_LIMIT
from recipe_lang.syntax.lexer import BRACES, CLOSING, OPENING, line_indentation, make

NESTING_LIMIT = 64


@dataclass(slots=True)
class _Open:
    """A brace that waits for its partner, and the lines inside of it that are headers without a brace."""

    token: Token | None
    indentation: int
    header: str = ""
    headers: list[tuple[int, int, Token]] = field(default_factory=list)


def match_braces(tokens: Sequence[Token], source: Source) -> tuple[list[Token], list[Diagnostic]]:
    """Tokens with every brace matched: missing ones added (as tokens without width), surplus ones left out.

    The last token is the `$END`.
    """
    surplus = lowest = 0
    for token in tokens:
        if token.type == "LBRACE":
            surplus += 1
        elif token.type == "RBRACE":
            surplus -= 1
            lowest = min(lowest, surplus)
    if surplus == 0 and lowest == 0:
        return list(tokens), []
    return _mend(tokens, source, surplus)


def _mend(tokens: Sequence[Token], source: Source, surplus: int) -> tuple[list[Token], list[Diagnostic]]:
    found: list[Diagnostic] = []
    result: list[Token] = []
    stack = [_Open(None, -1)]

    def close(noticed: Token) -> None:
        opened = stack.pop()
        at = len(result)
        while at > 0 and result[at - 1].type in ("NEWLINE", "COMMENT"):
            at -= 1
        result.insert(at, make("RBRACE", "", result[at - 1].end_pos))
        found.append(problems.block_not_closed(opened.header, _place(source, opened.token), _place(source, noticed)))

    for index, token in enumerate(tokens):
        if token.type == "$END" or len(found) > REPORT_LIMIT:
            break
        first = index == 0 or tokens[index - 1].type == "NEWLINE"
        column = line_indentation(source.text, token.start_pos) if first else None
        if token.type == "RBRACE":
            if first and surplus > 0:
                while len(stack) > 2 and column < stack[-1].indentation and surplus > 0:
                    close(token)
                    surplus -= 1
            opened = stack[-1]
            misplaced = first and surplus < 0 and column != opened.indentation
            if opened.token is None or misplaced:
                header = next((h for h in reversed(opened.headers) if h[1] == column), None)
                if header is None:
                    found.append(problems.closes_nothing(_place(source, token), "}"))
                else:
                    _open_late(result, header, found, source)
                    result.append(token)
                surplus += 1
                continue
            stack.pop()
        elif first and token.type == "NAME":
            while surplus > 0 and len(stack) > 1 and column <= stack[-1].indentation:
                close(token)
                surplus -= 1
            end = _bare_header(tokens, index)
            if end is not None:
                stack[-1].headers.append((end, column, tokens[end - 1]))
        elif token.type == "LBRACE":
            stack.append(_Open(token, line_indentation(source.text, token.start_pos), _header(tokens, index)))
        result.append(token)
    while len(stack) > 1:
        close(tokens[-1])
    return [*result, tokens[-1]], found


def _bare_header(tokens: Sequence[Token], index: int) -> int | None:
    """The index after a line that is a block's header without a brace."""
    end = index
    while tokens[end].type in ("NAME", "FOR", "LIKE", "DOT"):
        end += 1
    return end if tokens[end].type in ("NEWLINE", "COMMENT") and end > index else None


def _open_late(result: list[Token], header: tuple[int, int, Token], found: list[Diagnostic], source: Source) -> None:
    last = header[2]
    at = next(i for i in range(len(result) - 1, -1, -1) if result[i] is last)
    result.insert(at + 1, make("LBRACE", "", last.end_pos))
    found.append(problems.brace_missing(_place(source, last)))


def _header(tokens: Sequence[Token], at: int) -> str:
    """The words before the opening brace at an index, on its line."""
    words: list[str] = []
    while at > 0 and tokens[at - 1].type in ("NAME", "FOR", "LIKE", "DOT", "TEXT"):
        at -= 1
        words.insert(0, str(tokens[at]))
    return " ".join(words).replace(" . ", ".")


def _place(source: Source, token: Token) -> Place:
    return Place(source, Span(token.start_pos, token.end_pos))


def limit_nesting(tokens: Sequence[Token], source: Source) -> tuple[list[Token], list[Diagnostic]]:
    """Leaves out each outermost item that nests deeper than the limit, after one report at the bracket too many."""
    braces = brackets = item = 0
    too_deep = False
    result: list[Token] = []
    found: list[Diagnostic] = []
    for token in tokens:
        kind = token.type
        if kind == "NEWLINE" and braces == brackets == 0:
            too_deep = False
            item = len(result) + 1
        elif kind in BRACES:
            braces = max(0, braces + (1 if kind == "LBRACE" else -1))
            brackets = 0
        elif kind in OPENING:
            brackets += 1
        elif kind in CLOSING:
            brackets = max(0, brackets - 1)
        if braces + brackets > NESTING_LIMIT and not too_deep:
            too_deep = True
            found.append(problems.nested_too_deep(NESTING_LIMIT, _place(source, token)))
            del result[item:]
        if not too_deep:
            result.append(token)
    return result, found
