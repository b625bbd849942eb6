"""Typing of comparisons."""

from __future__ import annotations

from jinja2 import nodes

from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.types import (
    NUMBER_KINDS,
    Bool,
    Nothing,
    Optional,
    Type,
    alternatives,
    describe,
    element,
    fits,
    kind,
    label_of,
    plain,
    present,
)
from recipe_lang.jinja.typing.walk import Scope, Value, Walk, evaluates, present_type, value_of

_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in", "notin": "not in"}


@evaluates(nodes.Compare)
def _compare(node: nodes.Compare, walk: Walk, scope: Scope, guarded: bool) -> Value:
    left, value = node.expr, value_of(node.expr, walk, scope)
    for operand in node.ops:
        right = value_of(operand.expr, walk, scope)
        if operand.op in ("in", "notin"):
            _member(left, value, operand.expr, right, walk)
        elif operand.op in ("eq", "ne"):
            _equal(left, value, operand.expr, right, walk)
        else:
            _ordered(left, value, operand, right, walk)
        left, value = operand.expr, right
    return Value(Bool())


def comparable(a: Type, b: Type) -> bool:
    kinds = {kind(a), kind(b)}
    return len(kinds) == 1 or kinds <= NUMBER_KINDS or bool(kinds & {"unknown", "none", "mixed"})


def orderable(a: Type, b: Type) -> bool:
    return any(fits(a, kinds) and fits(b, kinds) for kinds in (NUMBER_KINDS, frozenset({"text"})))


def _equal(left: nodes.Expr, value: Value, right: nodes.Expr, other: Value, walk: Walk) -> None:
    a, b = plain(present(value.type)), plain(present(other.type))
    if not comparable(a, b):
        _incomparable(left, a, right, b, walk)
    elif isinstance(right, nodes.Const):
        never(left, a, right, walk)
    elif isinstance(left, nodes.Const):
        never(right, b, left, walk)


def never(node: nodes.Expr, type_: Type, constant: nodes.Const, walk: Walk) -> None:
    """Reports a constant that a label or a bounded number can never be."""
    known = alternatives(type_) if kind(type_) in ("text", "int") else None
    wanted = constant.value
    same_kind = isinstance(wanted, str) if kind(type_) == "text" else type(wanted) is int
    if known is not None and not isinstance(node, nodes.Const) and same_kind and str(wanted) not in known:
        label = label_of(type_)
        names = known if label is None or str(wanted) in label.names else label.names
        walk.report(problems.never_this_label(walk.shown(node), str(wanted), names, walk.place(constant)))


def _ordered(left: nodes.Expr, value: Value, operand: nodes.Operand, other: Value, walk: Walk) -> None:
    a, b = present_type(walk, left, value), present_type(walk, operand.expr, other)
    if not comparable(a, b):
        _incomparable(left, a, operand.expr, b, walk)
    elif not orderable(a, b):
        place = walk.place_of(walk.parsed.range(left)[0], walk.parsed.range(operand.expr)[1])
        walk.report(problems.wrong_operands(_SIGNS[operand.op], describe(a), describe(b), None, place))


def _incomparable(left: nodes.Expr, a: Type, right: nodes.Expr, b: Type, walk: Walk) -> None:
    constant = next((node for node in (right, left) if isinstance(node, nodes.Const)), None)
    whole = walk.place_of(walk.parsed.range(left)[0], walk.parsed.range(right)[1])
    place = whole if constant is None else walk.place(constant)
    cure = None
    for node, type_, other, there in ((left, a, right, b), (right, b, left, a)):
        if kind(type_) == "text" and kind(there) in NUMBER_KINDS:
            if label_of(type_) and label_of(type_) == type_:
                cure = f"a label is its text; `{walk.shown(node)} | position` is its number"
            elif isinstance(node, nodes.Const) and node.value.strip().lstrip("-").isdigit():
                cure = f"write `{node.value.strip()}` without quotes"
            elif isinstance(other, nodes.Const):
                cure = f'write `"{other.value}"` in quotes, `{walk.shown(node)} | int` or `{walk.shown(node)} | length`'
            else:
                cure = f"write `{walk.shown(node)} | int`"
    walk.report(problems.never_equal(walk.shown(left), describe(a), walk.shown(right), describe(b), cure, place))


def _member(left: nodes.Expr, value: Value, right: nodes.Expr, other: Value, walk: Walk) -> None:
    container = present_type(walk, right, other)
    wanted = plain(present(value.type))
    if kind(container) in ("text", "map", "record"):
        if isinstance(value.type, (Optional, Nothing)):
            present_type(walk, left, value)
        if kind(wanted) not in ("text", "unknown", "none"):
            _incomparable(left, wanted, right, container, walk)
    elif kind(container) == "list":
        if not comparable(wanted, element(container)) and kind(element(container)) != "optional":
            _incomparable(left, wanted, right, container, walk)
        elif isinstance(right, (nodes.List, nodes.Tuple)):
            for item in right.items:
                if isinstance(item, nodes.Const):
                    never(left, wanted, item, walk)
    elif kind(container) != "unknown":
        walk.wrong("`in`", "a list or a text", right, container)
