"""What a condition shows about the values that it asks for, where it holds and where it does not."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import nodes

from recipe_lang.jinja.types import (
    UNKNOWN,
    Int,
    Items,
    Literals,
    Nothing,
    Optional,
    Type,
    alternatives,
    joined,
    kind,
    label_of,
    literals,
    plain,
    present,
    whole,
)
from recipe_lang.jinja.typing.walk import Facts, Scope, Value, Walk, value_of

Both = tuple[Facts, Facts]
_UNSURE: Both = ({}, {})


def facts(node: nodes.Expr, walk: Walk, scope: Scope) -> Both:
    """Facts where the condition holds, and where it does not. Reports nothing.

    Only names, fields and constant places are looked at, so the cost is that of the condition's size.
    """
    match node:
        case nodes.Not(node=inner):
            yes, no = facts(inner, walk, scope)
            return no, yes
        case nodes.And(left=left, right=right):
            left_yes, left_no = facts(left, walk, scope)
            right_yes, right_no = facts(right, walk, scope.copy(left_yes))
            return {**left_yes, **right_yes}, _common(left_no, right_no)
        case nodes.Or(left=left, right=right):
            left_yes, left_no = facts(left, walk, scope)
            right_yes, right_no = facts(right, walk, scope.copy(left_no))
            return _common(left_yes, right_yes), {**left_no, **right_no}
        case nodes.Test():
            return _tested(node, walk, scope)
        case nodes.Compare(expr=left, ops=[operand]):
            return _compared(left, operand.op, operand.expr, walk, scope)
    value = _accessed(node, walk, scope)
    if value is not None and value.path is not None and isinstance(value.type, Optional):
        return {value.path: value.type.item}, {}
    return _UNSURE


def _common(a: Facts, b: Facts) -> Facts:
    return {path: joined(a[path], b[path]) for path in a.keys() & b.keys()}


def _accessed(node: nodes.Expr, walk: Walk, scope: Scope) -> Value | None:
    """The value of a name, a field of one, or a constant place in one."""
    part: nodes.Node = node
    while not isinstance(part, nodes.Name):
        if isinstance(part, nodes.Getattr) or (isinstance(part, nodes.Getitem) and isinstance(part.arg, nodes.Const)):
            part = part.node
        else:
            return None
    with walk.silence():
        return value_of(node, walk, scope, guarded=True)


def _tested(node: nodes.Test, walk: Walk, scope: Scope) -> Both:
    if node.name in ("defined", "undefined", "none"):
        value = _accessed(node.node, walk, scope)
        if value is None or value.path is None:
            return _UNSURE
        found = UNKNOWN if isinstance(value.type, Nothing) else present(value.type)
        there, absent = {value.path: found}, {value.path: Nothing()} if isinstance(value.type, Optional) else {}
        return (there, absent) if node.name == "defined" else (absent, there)
    if node.name in ("eq", "ne", "in", "gt", "ge", "lt", "le") and len(node.args) == 1:
        operator = {"ge": "gteq", "le": "lteq"}.get(node.name, node.name)
        return _compared(node.node, operator, node.args[0], walk, scope)
    return _UNSURE


def _compared(left: nodes.Expr, operator: str, right: nodes.Expr, walk: Walk, scope: Scope) -> Both:
    if operator in ("ne", "notin"):
        yes, no = _compared(left, "eq" if operator == "ne" else "in", right, walk, scope)
        return no, yes
    value = _accessed(left, walk, scope)
    if value is None or value.path is None:
        mirrored = {"eq": "eq", "lt": "gt", "gt": "lt", "lteq": "gteq", "gteq": "lteq"}
        if operator in mirrored and isinstance(left, nodes.Const) and not isinstance(right, nodes.Const):
            return _compared(right, mirrored[operator], left, walk, scope)
        return _UNSURE
    if isinstance(right, nodes.Const) and right.value is None and operator == "eq":
        return {value.path: Nothing()}, {value.path: present(value.type)}
    type_ = present(value.type)
    if operator == "in":
        wanted = _choices(right, walk, scope)
    else:
        wanted = (right.value,) if isinstance(right, nodes.Const) else None
    if wanted is None or None in wanted:
        return _UNSURE
    if operator in ("eq", "in"):
        yes, no = _members(type_, wanted)
    else:
        yes, no = _ordered(type_, operator, wanted[0])
    if isinstance(value.type, Optional):
        no = Optional(no)
    return {value.path: yes}, {value.path: no}


def _choices(node: nodes.Expr, walk: Walk, scope: Scope) -> tuple | None:
    """The constants of a list, such as the template's `choices`, where all are known."""
    if isinstance(node, (nodes.List, nodes.Tuple)):
        constants = [item.value for item in node.items if isinstance(item, nodes.Const)]
        return tuple(constants) if len(constants) == len(node.items) else None
    value = _accessed(node, walk, scope)
    type_ = None if value is None else plain(value.type)
    if not isinstance(type_, Items):
        return None
    texts: list[str] = []
    for item in type_.items:
        found = alternatives(item) if kind(item) == "text" else None
        if found is None:
            return None
        texts.extend(found)
    return tuple(texts)


def _members(type_: Type, wanted: tuple) -> tuple[Type, Type]:
    """The type of a value that is one of some constants, and of one that is not."""
    if kind(type_) == "text" and all(isinstance(each, str) for each in wanted):
        known = alternatives(type_)
        if known is None:
            return literals(list(wanted)), type_
        return _narrowed(type_, [t for t in known if t in wanted]), _narrowed(
            type_, [t for t in known if t not in wanted]
        )
    if isinstance(type_, Int) and wanted and all(type(each) is int for each in wanted):
        inside_range = whole(min(wanted), max(wanted))
        outside_range = type_
        if len(wanted) == 1:
            low = wanted[0] + 1 if type_.low == wanted[0] else type_.low
            high = wanted[0] - 1 if type_.high == wanted[0] else type_.high
            outside_range = _range(type_, low, high)
        return _overlap(type_, inside_range), outside_range
    return type_, type_


def _narrowed(type_: Type, texts: list[str]) -> Type:
    """A text that is one of fewer; where none is left, the branch is never taken and nothing is said about it."""
    return Literals(tuple(texts), label_of(type_)) if texts else type_


def _ordered(type_: Type, operator: str, bound: object) -> tuple[Type, Type]:
    if not isinstance(type_, Int) or type(bound) is not int:
        return type_, type_
    split: dict[str, Callable[[], tuple[Int, Int]]] = {
        "lt": lambda: (Int(None, bound - 1), Int(bound, None)),
        "lteq": lambda: (Int(None, bound), Int(bound + 1, None)),
        "gt": lambda: (Int(bound + 1, None), Int(None, bound)),
        "gteq": lambda: (Int(bound, None), Int(None, bound - 1)),
    }
    yes, no = split[operator]()
    return _overlap(type_, yes), _overlap(type_, no)


def _overlap(a: Int, b: Int) -> Int:
    low = a.low if b.low is None else b.low if a.low is None else max(a.low, b.low)
    high = a.high if b.high is None else b.high if a.high is None else min(a.high, b.high)
    return _range(a, low, high)


def _range(type_: Int, low: int | None, high: int | None) -> Int:
    """An int range; one that is empty belongs to a branch that is never taken, about which nothing is said."""
    return type_ if low is not None and high is not None and low > high else Int(low, high)
