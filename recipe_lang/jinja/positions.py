"""Templates as Jinja's syntax tree, with the exact place of every word.

Jinja's nodes know their line only. Here the parser is fed tokens that carry their own number instead of a line, so
every node's `lineno` is the number of the token that it began with, and its place a look-up. Nothing is compiled:
Jinja's compiler folds constants, which lets one line of a stranger's template take all memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from recipe_lang.jinja.limits import NESTING

PLAIN = Environment(keep_trailing_newline=True)
SILENT = frozenset({"whitespace", "comment", "comment_begin", "comment_end", "raw_begin", "raw_end"})
"""Kinds of tokens that the parser never sees."""

_CHARACTER = re.compile(r"unexpected char .+ at (\d+)$", re.DOTALL)
_OPEN, _CLOSE = ("(", "[", "{"), (")", "]", "}")


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a template; `text` is `source[start:end]` as it is written."""

    kind: str
    text: str
    start: int
    end: int


class Unreadable(Exception):
    """A text that Jinja cannot read: its words for it, and the range that it stumbled over."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


class TooDeep(Exception):
    """A text nested beyond the limit; `start` and `end` are of the first token that is too deep."""

    def __init__(self, start: int, end: int) -> None:
        super().__init__("nested too deeply")
        self.start = start
        self.end = end


@dataclass(frozen=True)
class Parsed:
    """A template read. Every node's `lineno` is an index into `tokens`."""

    text: str
    tokens: list[Token]
    tree: nodes.Template | nodes.Expr
    _closing: dict[int, int] = field(repr=False)

    def token_range(self, number: int) -> tuple[int, int]:
        token = self.tokens[number]
        return token.start, token.end

    def after(self, number: int, steps: int = 1) -> int:
        """The number of the token that the parser sees `steps` after (or before) another one."""
        step = 1 if steps > 0 else -1
        last = len(self.tokens) - 1
        for _ in range(abs(steps)):
            number += step
            while 0 < number < last and self.tokens[number].kind in SILENT:
                number += step
        return min(max(number, 0), last)

    def name_range(self, node: nodes.Node) -> tuple[int, int]:
        """The word that a node is about: an attribute's, filter's, test's, macro's or argument's name, or itself."""
        match node:
            case nodes.Getattr() | nodes.Macro():
                return self.token_range(self.after(node.lineno))
            case nodes.Test():
                return self.token_range(self._test_name(node))
            case nodes.Keyword():
                number = self._first(node.value)
                while self.tokens[number].text != "=":
                    number -= 1
                return self.token_range(self.after(number, -1))
            case _:
                return self.token_range(self._first(node) if node.lineno is None else node.lineno)

    def tag_range(self, node: nodes.Stmt) -> tuple[int, int]:
        """The name of a statement's tag."""
        number = self._first(node) if node.lineno is None else node.lineno
        while self.tokens[number].kind != "block_begin":
            number -= 1
        return self.token_range(self.after(number))

    def range(self, node: nodes.Node) -> tuple[int, int]:
        """All of an expression with the brackets inside it; parentheses around it are not part of it."""
        numbers: list[int] = []
        for part in (node, *_below(node)):
            # A comparison carries the number of what follows it.
            if part.lineno is not None and not isinstance(part, nodes.Compare):
                numbers += [part.lineno, *self._ends(part)]
        first, last = min(numbers), max(numbers)
        number = first
        while number <= last:
            last = max(last, self._closing.get(number, last))
            number += 1
        return self.tokens[first].start, self.tokens[last].end

    def shown(self, node: nodes.Node) -> str:
        """The expression as it is written, shortened for a message."""
        start, end = self.range(node)
        words = " ".join(self.text[start:end].split())
        return words if len(words) <= 40 else words[:39] + "…"

    def _first(self, node: nodes.Node) -> int:
        return min(part.lineno for part in (node, *_below(node)) if part.lineno is not None)

    def _test_name(self, node: nodes.Test) -> int:
        number = self.after(node.lineno)
        return self.after(number) if self.tokens[number].text == "not" else number

    def _ends(self, node: nodes.Node) -> Iterator[int]:
        """Of a node with a number: numbers of the tokens that end a node where no child does."""
        number = node.lineno
        if isinstance(node, nodes.Getattr):
            number = self.after(number)
            yield number
        elif isinstance(node, nodes.Test):
            number = self._test_name(node)
            yield number
        if isinstance(node, (nodes.Filter, nodes.Test)):
            number = self.after(number)
            if self.tokens[number].text != "(":
                return
        if number in self._closing:
            yield self._closing[number]


def _below(node: nodes.Node) -> Iterator[nodes.Node]:
    stack = list(node.iter_child_nodes())
    while stack:
        child = stack.pop()
        yield child
        stack.extend(child.iter_child_nodes())


def lex(text: str, *, expression: bool = False) -> Iterator[Token]:
    """Tokens with their places. What stands between two of them is white space that a `-` in a tag takes away.

    Raises: Unreadable.
    """
    at = before = 0
    # Jinja's lexer drops carriage returns, and every later place would be off by one.
    source = text.replace("\r", " ")
    state = "variable" if expression else None
    try:
        for _, kind, value in PLAIN.lexer.tokeniter(source, None, None, state):
            before = source.find(value, at)
            at = before + len(value)
            yield Token(kind, text[before:at], before, at)
    except TemplateSyntaxError as error:
        message = error.message or ""
        found = _CHARACTER.match(message)
        if found:
            raise Unreadable(message, int(found[1]), int(found[1]) + 1) from None
        if message.startswith("Missing end"):
            raise Unreadable(message, before, at) from None
        start = len(source) - len(source[at:].lstrip())
        raise Unreadable(message, start, min(start + 1, len(text))) from None


def parse(text: str, *, expression: bool = False) -> Parsed:
    """The tree of a template, or of an expression written without braces.

    Raises: Unreadable, TooDeep.
    """
    if text and "{" not in text and not expression:  # such as most choices: there is nothing for Jinja to read
        data = nodes.TemplateData(text.replace("\r", " "), lineno=0)
        tree = nodes.Template([nodes.Output([data], lineno=0)], lineno=1)
        return Parsed(text, [Token("data", text, 0, len(text))], tree, {})
    tokens: list[Token] = []
    closing: dict[int, int] = {}
    parser = Parser(PLAIN, "")
    try:
        numbered = _numbered(text, tokens, closing, expression)
        parser.stream = TokenStream(PLAIN.lexer.wrap(numbered, None, None), None, None)
        if expression:
            tree = parser.parse_expression()
            if not parser.stream.eos:
                parser.fail("there is more after the expression", parser.stream.current.lineno)
        else:
            tree = parser.parse()
    except TemplateSyntaxError as error:
        raise _unreadable(error, tokens) from None
    except RecursionError:
        raise TooDeep(*_last(tokens)) from None
    except ValueError:
        raise Unreadable("a number is too long", *_last(tokens)) from None
    parsed = Parsed(text, tokens, tree, closing)
    _measure(parsed)
    return parsed


def _numbered(
    text: str, tokens: list[Token], closing: dict[int, int], expression: bool
) -> Iterator[tuple[int, str, str]]:
    open_: list[int] = []
    for number, token in enumerate(lex(text, expression=expression)):
        tokens.append(token)
        if token.kind == "operator" and token.text in _OPEN:
            open_.append(number)
            if len(open_) > NESTING:
                raise TooDeep(token.start, token.end)
        elif token.kind == "operator" and token.text in _CLOSE and open_:
            closing[open_.pop()] = number
        yield number, token.kind, token.text.replace("\r", " ")


def _last(tokens: list[Token]) -> tuple[int, int]:
    return (tokens[-1].start, tokens[-1].end) if tokens else (0, 0)


def _unreadable(error: TemplateSyntaxError, tokens: list[Token]) -> Unreadable:
    message = error.message or ""
    if not tokens:
        return Unreadable(message, 0, 0)
    token = tokens[min(error.lineno, len(tokens) - 1)]
    if "end of template" in message:
        token = _unclosed(tokens) or token
    return Unreadable(message, token.start, token.end)


def _unclosed(tokens: list[Token]) -> Token | None:
    """The `{{` or the innermost `{% if %}`, `{% for %}` … that has no end."""
    begin: Token | None = None
    blocks: list[Token] = []
    for token in tokens:
        if token.kind in ("variable_begin", "block_begin"):
            begin, named = token, token.kind == "variable_begin"
        elif token.kind in ("variable_end", "block_end"):
            begin = None
        elif token.kind == "name" and begin is not None and not named:
            named = True
            if token.text.startswith("end"):
                while blocks and blocks.pop().text != token.text[3:]:
                    pass
            elif token.text in ("if", "for", "macro", "filter", "call", "with", "set", "block"):
                blocks.append(token)
        elif token.text == "=" and blocks and blocks[-1].text == "set" and begin is not None:
            blocks.pop()
    return begin or (blocks[-1] if blocks else None)


def _measure(parsed: Parsed) -> None:
    """Raises TooDeep where the tree is deeper than the limit; chains such as `a + b + c` count as depth too."""
    stack: list[tuple[nodes.Node, int]] = [(parsed.tree, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > 2 * NESTING:
            raise TooDeep(*parsed.token_range(node.lineno or 0))
        stack.extend((child, depth + 1) for child in node.iter_child_nodes())
