"""Typing of arithmetic, comparisons and truth."""

from __future__ import annotations

from itertools import product

from jinja2 import nodes

from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.access import union
from recipe_lang.jinja.conditions import facts
from recipe_lang.jinja.types import (
    NUMBER_KINDS,
    PRINTABLE,
    TEXT,
    UNKNOWN,
    Bool,
    Float,
    Int,
    Items,
    ListType,
    Mixed,
    Nothing,
    Optional,
    Type,
    alternatives,
    concatenated,
    describe,
    element,
    fits,
    followed,
    joined,
    kind,
    label_of,
    optional,
    plain,
    present,
    whole,
)
from recipe_lang.jinja.walk import Scope, Value, Walk, evaluates, present_type, value_of

LONGEST_REPETITION = 10_000
HIGHEST_POWER = 64
_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in", "notin": "not in"}


@evaluates(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)
def _arithmetic(node: nodes.BinExpr, walk: Walk, scope: Scope, guarded: bool) -> Value:
    left, right = value_of(node.left, walk, scope), value_of(node.right, walk, scope)
    a, b = present_type(walk, node.left, left), present_type(walk, node.right, right)
    shows = union([left, right]) if node.operator == "+" else frozenset()
    if _costs_too_much(node, a, b, walk) or "unknown" in (kind(a), kind(b)):
        return Value(UNKNOWN, shows=shows)
    result = _result(node.operator, a, b)
    if result is None:
        problem = problems.wrong_operands(
            node.operator, describe(a), describe(b), _cure(node, a, b, walk), walk.place(node)
        )
        walk.report(problem)
    return Value(result or UNKNOWN, shows=shows)


def _costs_too_much(node: nodes.BinExpr, a: Type, b: Type, walk: Walk) -> bool:
    what, cure = None, ""
    if node.operator == "%" and kind(a) == "text":
        what, cure = (
            "`%` on a text formats it, with widths that have no bound",
            "join with `~`; `round` gives the digits",
        )
    elif (
        node.operator == "*"
        and isinstance(b, Int)
        and kind(a) in ("text", "list")
        and (b.low or 0) > LONGEST_REPETITION
    ):
        what, cure = f"a repetition of {b.low:,} times has no use in a prompt", f"at most {LONGEST_REPETITION:,}"
    elif node.operator == "**" and isinstance(b, Int) and (b.low or 0) > HIGHEST_POWER:
        what, cure = f"a power of {b.low:,} is beyond every number", f"at most {HIGHEST_POWER}"
    if what:
        walk.report(problems.unbounded(what, cure, walk.place(node)))
    return what is not None


def _result(operator: str, a: Type, b: Type) -> Type | None:
    """The type of `a operator b`, None where they do not go together."""
    kinds = kind(a), kind(b)
    if kinds[0] in NUMBER_KINDS and kinds[1] in NUMBER_KINDS:
        if operator in ("/", "//", "%") and isinstance(b, Int) and b.low == b.high == 0:
            return None
        return Float() if operator == "/" or "float" in kinds else _range(operator, a, b)
    if operator == "+" and kinds == ("text", "text"):
        return concatenated(a, b)
    if operator == "+" and kinds == ("list", "list"):
        if isinstance(a, Items) and isinstance(b, Items):
            return followed(Items(a.items + b.items))
        return ListType(joined(element(a), element(b)))
    if operator == "*" and kinds[0] in ("text", "list") and kinds[1] == "int":
        return TEXT if kinds[0] == "text" else ListType(element(a))
    return None


def _range(operator: str, a: Type, b: Type) -> Int:
    """Interval arithmetic, where both ends of both ranges are known and the operator keeps them."""
    bounds = [(t.low, t.high) if isinstance(t, Int) else (0, 1) for t in (a, b)]
    if operator == "%" and bounds[1][0] == bounds[1][1] and (bounds[1][0] or 0) > 0:
        return Int(0, bounds[1][0] - 1)
    if any(end is None for pair in bounds for end in pair):
        (low, high), (other_low, other_high) = bounds
        if operator == "+":
            return whole(
                *(None if x is None or y is None else x + y for x, y in ((low, other_low), (high, other_high)))
            )
        if operator == "-":
            return whole(
                *(None if x is None or y is None else x - y for x, y in ((low, other_high), (high, other_low)))
            )
        return Int()
    if operator == "**" and not all(0 <= end <= HIGHEST_POWER for end in bounds[1]):
        return Int()
    calculate = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__, "**": int.__pow__}.get(operator)
    if calculate is None:
        return Int()
    ends = [calculate(x, y) for x, y in product(*bounds)]
    return whole(min(ends), max(ends))


def _cure(node: nodes.BinExpr, a: Type, b: Type, walk: Walk) -> str | None:
    kinds = {kind(a), kind(b)}
    if node.operator == "+" and "text" in kinds and kinds & NUMBER_KINDS:
        return "join texts and numbers with `~`"
    for part, type_ in ((node.left, a), (node.right, b)):
        if label_of(type_) and kinds & NUMBER_KINDS:
            return f"a label is its text; `{walk.shown(part)} | position` is its number"
        if kind(type_) == "text" and kinds & NUMBER_KINDS and node.operator != "+":
            return f"write `{walk.shown(part)} | int`"
    if isinstance(b, Int) and b.low == b.high == 0:
        return "a number cannot be divided by zero"
    return None


@evaluates(nodes.Concat)
def _concat(node: nodes.Concat, walk: Walk, scope: Scope, guarded: bool) -> Value:
    values = [value_of(part, walk, scope) for part in node.nodes]
    result: Type = Nothing()
    for part, value in zip(node.nodes, values, strict=True):
        type_ = present_type(walk, part, value)
        if not fits(type_, PRINTABLE):
            cure = f"write `{walk.shown(part)} | join`" if kind(type_) == "list" else None
            walk.report(problems.wrong_operands("~", "text", describe(type_), cure, walk.place(part)))
        result = type_ if isinstance(result, Nothing) else concatenated(result, type_)
    return Value(result if kind(result) == "text" else TEXT, shows=union(values))


@evaluates(nodes.Neg, nodes.Pos)
def _sign(node: nodes.UnaryExpr, walk: Walk, scope: Scope, guarded: bool) -> Value:
    type_ = present_type(walk, node.node, value_of(node.node, walk, scope))
    if not fits(type_, NUMBER_KINDS):
        problem = problems.wrong_argument(
            f"`{node.operator}`", "a number", walk.shown(node.node), describe(type_), None, walk.place(node.node)
        )
        walk.report(problem)
        return Value(UNKNOWN)
    if isinstance(node, nodes.Neg) and isinstance(type_, Int):
        return Value(Int(None if type_.high is None else -type_.high, None if type_.low is None else -type_.low))
    if kind(type_) == "bool":
        return Value(Int(-1, 0) if isinstance(node, nodes.Neg) else Int(0, 1))
    return Value(Float() if isinstance(type_, Mixed) else type_)


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
                cure = f'write `"{other.value}"` in quotes, or `{walk.shown(node)} | int`'
            else:
                cure = f"write `{walk.shown(node)} | int`"
    problem = problems.never_equal(walk.shown(left), describe(a), walk.shown(right), describe(b), cure, place)
    walk.report(problem)


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
        problem = problems.wrong_argument(
            "`in`", "a list or a text", walk.shown(right), describe(container), None, walk.place(right)
        )
        walk.report(problem)
