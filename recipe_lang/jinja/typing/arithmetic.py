"""Typing of arithmetic, and of texts put together."""

from __future__ import annotations

from itertools import product

from jinja2 import nodes

from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.types import (
    NUMBER_KINDS,
    PRINTABLE,
    TEXT,
    UNKNOWN,
    Float,
    Int,
    Items,
    ListType,
    Mixed,
    Nothing,
    Type,
    concatenated,
    describe,
    element,
    fits,
    followed,
    joined,
    kind,
    label_of,
    whole,
)
from recipe_lang.jinja.typing.access import union
from recipe_lang.jinja.typing.walk import Scope, Value, Walk, evaluates, present_type, value_of

LONGEST_REPETITION = 10_000
HIGHEST_POWER = 64


@evaluates(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)
def _arithmetic(node: nodes.BinExpr, walk: Walk, scope: Scope, guarded: bool) -> Value:
    left, right = value_of(node.left, walk, scope), value_of(node.right, walk, scope)
    a, b = present_type(walk, node.left, left), present_type(walk, node.right, right)
    shows = union([left, right]) if node.operator == "+" else frozenset()
    if _costs_too_much(node, a, b, walk) or "unknown" in (kind(a), kind(b)):
        return Value(UNKNOWN, shows=shows)
    result = _result(node.operator, a, b)
    if result is None:
        cure = _cure(node, a, b, walk)
        walk.report(problems.wrong_operands(node.operator, describe(a), describe(b), cure, walk.place(node)))
    return Value(result or UNKNOWN, shows=shows)


def _costs_too_much(node: nodes.BinExpr, a: Type, b: Type, walk: Walk) -> bool:
    what, cure = None, ""
    if node.operator == "%" and kind(a) == "text":
        what = "`%` on a text formats it, with widths that have no bound"
        cure = "join with `~`; `round` gives the digits"
    least = b.low or 0 if isinstance(b, Int) else 0
    if node.operator == "*" and kind(a) in ("text", "list") and least > LONGEST_REPETITION:
        what, cure = f"a repetition of {least:,} times has no use in a prompt", f"at most {LONGEST_REPETITION:,}"
    elif node.operator == "**" and least > HIGHEST_POWER:
        what, cure = f"a power of {least:,} is beyond every number", f"at most {HIGHEST_POWER}"
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
        (low, high), (least, most) = bounds
        pairs = {"+": ((low, least), (high, most)), "-": ((low, most), (high, least))}.get(operator, ())
        sign = -1 if operator == "-" else 1
        return whole(*[None if None in (x, y) else x + sign * y for x, y in pairs] or (None, None))
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
        walk.wrong(f"`{node.operator}`", "a number", node.node, type_)
        return Value(UNKNOWN)
    if isinstance(node, nodes.Neg) and isinstance(type_, Int):
        return Value(Int(None if type_.high is None else -type_.high, None if type_.low is None else -type_.low))
    if kind(type_) == "bool":
        return Value(Int(-1, 0) if isinstance(node, nodes.Neg) else Int(0, 1))
    return Value(Float() if isinstance(type_, Mixed) else type_)
