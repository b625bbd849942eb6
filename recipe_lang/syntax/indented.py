"""Blocks that are written with `:` and indentation, read as if braces stood around the deeper lines."""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import syntax as problems
from recipe_lang.source import Source, Span
from recipe_lang.syntax.lexer import line_indentation, make

_UNSEEN = ("NEWLINE", "COMMENT")


def brace_indented(tokens: Sequence[Token], source: Source) -> tuple[list[Token], list[Diagnostic]]:
    """Tokens with braces for every `kind name:` before deeper lines, one report each. The last token is the `$END`."""
    if all(token.type != "STRAY" for token in tokens):
        return list(tokens), []
    result: list[Token] = []
    found: list[Diagnostic] = []
    opened: list[int] = []
    for index, token in enumerate(tokens):
        first = index == 0 or tokens[index - 1].type == "NEWLINE"
        if opened and first and token.type not in _UNSEEN:
            column = -1 if token.type == "$END" else line_indentation(source.text, token.start_pos)
            while opened and column <= opened[-1]:
                closed = token.type == "RBRACE" and column == opened[-1]
                opened.pop()
                if not closed:
                    _close(result)
        header = _header(tokens, index, source)
        if header is None:
            result.append(token)
            continue
        opened.append(line_indentation(source.text, token.start_pos))
        result.append(make("LBRACE", "{", token.start_pos))
        found.append(problems.block_with_colon(header, Place(source, Span(token.start_pos, token.end_pos))))
    return result, found


def _close(result: list[Token]) -> None:
    at = len(result)
    while result[at - 1].type in _UNSEEN:
        at -= 1
    result.insert(at, make("RBRACE", "", result[at - 1].end_pos))


def _header(tokens: Sequence[Token], index: int, source: Source) -> str | None:
    """The words of a line that ends with the `:` at an index and is followed by a deeper one."""
    if tokens[index].type != "STRAY" or tokens[index] != ":":
        return None
    first, after = index, index + 1
    while first > 0 and tokens[first - 1].type in ("NAME", "FOR", "LIKE", "DOT"):
        first -= 1
    while tokens[after].type in _UNSEEN:
        after += 1
    line_ends = tokens[index + 1].type in _UNSEEN and tokens[after].type not in ("RBRACE", "$END")
    begins = first == 0 or tokens[first - 1].type in ("NEWLINE", "LBRACE")
    if first == index or not begins or not line_ends:
        return None
    here, next_line = (line_indentation(source.text, tokens[at].start_pos) for at in (index, after))
    return source.text[tokens[first].start_pos : tokens[index].start_pos].rstrip() if next_line > here else None
