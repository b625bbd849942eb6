"""Typing of truth: `not`, `and`, `or`, and `a if b else c`."""

from __future__ import annotations

from jinja2 import nodes

from recipe_lang.jinja.types import Bool, Nothing, joined, optional, present
from recipe_lang.jinja.typing.access import union
from recipe_lang.jinja.typing.conditions import facts
from recipe_lang.jinja.typing.walk import Scope, Value, Walk, evaluates, value_of


@evaluates(nodes.Not)
def _not(node: nodes.Not, walk: Walk, scope: Scope, guarded: bool) -> Value:
    value_of(node.node, walk, scope)
    return Value(Bool())


@evaluates(nodes.And, nodes.Or)
def _logic(node: nodes.And | nodes.Or, walk: Walk, scope: Scope, guarded: bool) -> Value:
    left = value_of(node.left, walk, scope)
    yes, no = facts(node.left, walk, scope)
    right = value_of(node.right, walk, scope.copy(yes if isinstance(node, nodes.And) else no), guarded)
    # `x or y` is y where x is absent.
    first = present(left.type) if isinstance(node, nodes.Or) else left.type
    if isinstance(first, Nothing) and isinstance(node, nodes.Or):
        return right
    source = left.source if isinstance(node, nodes.Or) and right.source is None else None
    return Value(joined(first, right.type), None, source, union([left, right]))


@evaluates(nodes.CondExpr)
def _choice(node: nodes.CondExpr, walk: Walk, scope: Scope, guarded: bool) -> Value:
    value_of(node.test, walk, scope)
    yes, no = facts(node.test, walk, scope)
    first = value_of(node.expr1, walk, scope.copy(yes), guarded)
    if node.expr2 is None:
        return Value(optional(first.type), None, first.source, first.shows)
    second = value_of(node.expr2, walk, scope.copy(no), guarded)
    source = first.source if first.source == second.source else None
    return Value(joined(first.type, second.type), None, source, union([first, second]))
