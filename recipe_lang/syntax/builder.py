"""Tokens and nodes to nodes: one function a grammar rule, called by the parser as it reduces.

The leaves (texts, numbers) were made before: a token of theirs has its node as `value`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from lark import Token

from recipe_lang.source import Span
from recipe_lang.syntax.tree import (
    Argument,
    Block,
    Body,
    BoolValue,
    Broken,
    Call,
    Comparison,
    Import,
    ListValue,
    Name,
    NoneValue,
    Path,
    PercentValue,
    Quantity,
    RangeValue,
    Setting,
)


def span(token: Token) -> Span:
    return Span(token.start_pos, token.end_pos)


def name_of(token: Token) -> Name:
    return Name(str(token), Span(token.start_pos, token.end_pos))


class Lost:
    """An item that could not be read and has no name; it leaves its body incomplete."""


LOST = Lost()

MENDED = "mended"
"""The `value` of the opening brace of a block whose header was reported."""


class Builder:
    """Lark's `transformer`: a method is named after its rule and takes the rule's children, all tokens kept."""

    @staticmethod
    def file(children: list[Any]) -> Body:
        items = [child for child in children if not isinstance(child, Token)]
        kept = tuple(item for item in items if item is not LOST)
        mended = any(isinstance(item, Block) and item.broken for item in kept)
        return Body(kept, Span(0, 0), complete=len(kept) == len(items) and not mended)

    @staticmethod
    def lone(children: list[Any]) -> Any:
        return next(child for child in children if not isinstance(child, Token))

    body = file

    @staticmethod
    def path(children: list[Token]) -> Path:
        parts = tuple(name_of(token) for token in children if token.type != "DOT")
        return Path(parts, Span(children[0].start_pos, children[-1].end_pos))

    @staticmethod
    def setting(children: list[Any]) -> Setting:
        path, _, value = children
        return Setting(path, value, Span(path.span.start, value.span.end))

    @staticmethod
    def block(children: list[Any]) -> Block:
        kind, *header, opening, body, closing = children
        name = name_of(header[0]) if header and header[0].type == "NAME" else None
        paths = {word.type: path for word, path in pairwise(header) if isinstance(path, Path)}
        body.span = Span(opening.start_pos, closing.end_pos)
        whole = Span(kind.start_pos, closing.end_pos)
        target, like = paths.get("FOR"), paths.get("LIKE")
        return Block(name_of(kind), name, target, body, whole, like, broken=opening.value is MENDED)

    @staticmethod
    def text(children: list[Token]) -> Any:
        return children[0].value

    @staticmethod
    def percent(children: list[Token]) -> PercentValue | Broken:
        (token,) = children
        if isinstance(token.value, Broken):
            return Broken(span(token))
        return PercentValue(token.value, str(token)[:-1], span(token))

    @staticmethod
    def true(children: list[Token]) -> BoolValue:
        return BoolValue(True, span(children[0]))

    @staticmethod
    def false(children: list[Token]) -> BoolValue:
        return BoolValue(False, span(children[0]))

    @staticmethod
    def none(children: list[Token]) -> NoneValue:
        return NoneValue(span(children[0]))

    @staticmethod
    def quantity(children: list[Token]) -> Quantity | Broken:
        number, whole = children[0], Span(children[0].start_pos, children[-1].end_pos)
        if isinstance(number.value, Broken):
            return Broken(whole)
        return Quantity(number.value, name_of(children[1]) if len(children) == 2 else None, str(number), whole)

    @staticmethod
    def range(children: list[Token]) -> RangeValue | Broken:
        low, _, high = children
        whole = Span(low.start_pos, high.end_pos)
        if isinstance(low.value, Broken) or isinstance(high.value, Broken):
            return Broken(whole)
        return RangeValue(low.value, high.value, (str(low), str(high)), whole)

    @staticmethod
    def call(children: list[Any]) -> Call:
        path, _, *inside, closing = children
        arguments = tuple(child for child in inside if not isinstance(child, Token))
        return Call(path, arguments, Span(path.span.start, closing.end_pos))

    @staticmethod
    def argument(children: list[Any]) -> Argument:
        value = children[-1]
        name = name_of(children[0]) if len(children) == 3 else None
        return Argument(name, value, Span(name.span.start if name else value.span.start, value.span.end))

    @staticmethod
    def list(children: list[Any]) -> ListValue:
        opening, *inside, closing = children
        items = tuple(child for child in inside if not isinstance(child, Token))
        return ListValue(items, Span(opening.start_pos, closing.end_pos))

    @staticmethod
    def comparison(children: list[Any]) -> Comparison:
        left, operator, right = children
        return Comparison(left, str(operator), right, Span(left.span.start, right.span.end))


def import_(children: list[Any]) -> Import:
    opening, path, _, alias = children
    return Import(path.value, name_of(alias), Span(opening.start_pos, alias.end_pos))


setattr(Builder, "import", staticmethod(import_))  # the rule's name is a keyword of Python
