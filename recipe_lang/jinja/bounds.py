"""Keeps a compiled template inside its budget.

Jinja lets a sandbox intercept arithmetic, not loops, `~`, slices or list displays. These are rewritten in the syntax
tree into filters whose names no template can write, because they begin with an underscore.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.runtime import Context, Undefined
from jinja2.visitor import NodeTransformer

from recipe_lang.jinja.limits import Refused, Run, at_most_characters, at_most_elements, leaves, whole
from recipe_lang.jinja.values import as_text, kind_in_words, unfit


def size_of_text(node: nodes.Node) -> int:
    """Characters of literal text below a node."""
    return sum(len(data.data) for data in node.find_all(nodes.TemplateData))


class Bound(NodeTransformer):
    def visit_For(self, node: nodes.For) -> nodes.Node:
        node = self.generic_visit(node)
        literal = nodes.Const(sum(map(size_of_text, node.body)), lineno=node.lineno)
        node.iter = _filter("_each", node.iter, literal)
        return node

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:
        """Without an `else`, the value is absent as an optional column is."""
        node = self.generic_visit(node)
        if node.expr2 is None:
            node.expr2 = nodes.Const(None, lineno=node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        node = self.generic_visit(node)
        return _filter("_concat", nodes.List(node.nodes, lineno=node.lineno))

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        node = self.generic_visit(node)
        if not isinstance(node.arg, nodes.Slice):
            return node
        parts = (node.arg.start, node.arg.stop, node.arg.step)
        none = nodes.Const(None, lineno=node.lineno)
        return _filter("_slice", node.node, *(none if part is None else part for part in parts))

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        node = self.generic_visit(node)
        node.expr = _read(node.expr)
        for operand in node.ops:
            operand.expr = _read(operand.expr)
        return node

    def _display(self, node: nodes.List | nodes.Tuple | nodes.Dict) -> nodes.Node:
        node = self.generic_visit(node)
        constant = all(isinstance(child, (nodes.Const, nodes.Pair)) for child in node.iter_child_nodes())
        if (constant and not isinstance(node, nodes.Dict)) or getattr(node, "ctx", "load") == "store":
            return node
        return _filter("_sized", node)

    visit_List = visit_Tuple = visit_Dict = _display


def _read(value: nodes.Expr) -> nodes.Expr:
    return value if isinstance(value, nodes.Const) else _filter("_read", value)


def _filter(name: str, value: nodes.Expr, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(value, name, list(arguments), [], None, None, lineno=value.lineno)


@pass_context
def each(context: Context, value: Iterable, literal: int) -> Iterator:
    if not isinstance(value, (list, tuple, dict)):
        raise unfit("for", "a list", value)
    return paced(context, value, literal)


@pass_context
def paced(context: Context, value: Iterable, literal: int) -> Iterator:
    """Elements, each of which costs a step, and the literal text that the loop prints for it."""
    run: Run = context["_run"]
    for element in value:
        run.spend_steps(1)
        run.spend_characters(literal)
        yield element


@pass_context
def concat(context: Context, values: list) -> str:
    texts = [as_text(value) for value in values]
    context["_run"].spend_characters(sum(map(len, texts)))
    return "".join(texts)


@pass_context
def sliced(context: Context, value: Any, start: int | None, stop: int | None, step: int | None) -> Any:
    if not isinstance(value, (str, list, tuple)):
        raise unfit("[:]", "a text or a list", value)
    part = value[start:stop:step]
    context["_run"].spend_on(part)
    return part


@pass_context
def sized(context: Context, value: list | tuple | dict) -> list | tuple | dict:
    context["_run"].spend_steps(leaves([value]))
    return value


@pass_context
def read(context: Context, value: Any) -> Any:
    context["_run"].spend_reading(value)
    return value


PRIVATE_FILTERS = {"_read": read, "_each": each, "_concat": concat, "_slice": sliced, "_sized": sized}

ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}


def calculate(symbol: str, left: Any, right: Any) -> Any:
    """The result of an operator: numbers with numbers, `+` also of two texts or two lists, `*` to repeat.

    Raises: Refused for other kinds, for results beyond the budget, powers above 64 and numbers beyond 64 bits.
    """
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        if symbol == "**" and abs(right) > 64:
            raise Refused("a power above 64 is taken")
        return whole(ARITHMETIC[symbol](left, right))
    if symbol == "+":
        if isinstance(left, str) and isinstance(right, str):
            at_most_characters(len(left) + len(right))
            return left + right
        if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
            at_most_elements(len(left) + len(right))
            return [*left, *right]
    if symbol == "*" and isinstance(left, (str, list)) and type(right) is int:
        (at_most_characters if isinstance(left, str) else at_most_elements)(len(left) * right)
        return left * right
    for value in (left, right):
        if isinstance(value, Undefined):
            raise unfit(symbol, "values", value)
    raise Refused(f"`{symbol}` is used on {kind_in_words(left)} and {kind_in_words(right)}")
