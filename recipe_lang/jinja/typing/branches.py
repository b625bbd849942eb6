"""Typing of `if` and `for`."""

from __future__ import annotations

from jinja2 import nodes

from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.limits import STEPS
from recipe_lang.jinja.types import UNKNOWN, Items, Loop, Type, describe, element, joined, kind
from recipe_lang.jinja.typing.access import union
from recipe_lang.jinja.typing.conditions import facts
from recipe_lang.jinja.typing.output import NOTHING_PRINTED, Output, body, executes
from recipe_lang.jinja.typing.statements import assign
from recipe_lang.jinja.typing.walk import EACH, Facts, Local, Scope, Value, Walk, known, present_type, value_of


@executes(nodes.If)
def _if(node: nodes.If, walk: Walk, scope: Scope) -> Output:
    output: Output | None = None
    ends: list[Scope] = []
    ruled_out: Facts = {}
    for branch in (node, *node.elif_):
        asked = scope.copy(ruled_out)
        value_of(branch.test, walk, asked)
        yes, no = facts(branch.test, walk, asked)
        taken = scope.copy({**ruled_out, **yes})
        printed = body(branch.body, walk, taken)
        output = printed if output is None else output.otherwise(printed)
        ends.append(taken)
        ruled_out = {**ruled_out, **no}
    rest = scope.copy(ruled_out)
    printed = body(node.else_, walk, rest)
    ends.append(rest)
    _merge(scope, ends, walk)
    return printed if output is None else output.otherwise(printed)


def _merge(scope: Scope, ends: list[Scope], walk: Walk) -> None:
    """The names after an `if`: those set on some of its ways."""
    for name in dict.fromkeys(name for end in ends for name in end.own):
        locals_ = [end.names.get(name) for end in ends]
        values = [
            known(local.value, end) if local is not None else _outer_value(name, walk, end)
            for local, end in zip(locals_, ends, strict=True)
        ]
        there = [value for value in values if value is not None]
        unset = len(there) < len(values) or any(local is not None and local.unset for local in locals_)
        sources = {value.source for value in there}
        source = sources.pop() if len(sources) == 1 else None
        merged = Value(joined(*(value.type for value in there)), None, source, union(there))
        place = next(local.place for local in locals_ if local is not None)
        scope.names[name] = Local(walk.fresh(merged), place, unset)
    for end in ends:
        scope.set_inside.update(end.set_inside)


def _outer_value(name: str, walk: Walk, scope: Scope) -> Value | None:
    """The column that a name stands for where the template did not set it."""
    if name in walk.extra:
        return Value(walk.extra[name], (name,))
    if walk.columns is None:
        return Value(UNKNOWN, (name,), (name,), frozenset([(name,)]))
    if name not in walk.columns:
        return None
    return known(Value(walk.columns[name], (name,), (name,), frozenset([(name,)])), scope)


@executes(nodes.For)
def _for(node: nodes.For, walk: Walk, scope: Scope) -> Output:
    if node.recursive:
        why = "templates do not recurse"
        walk.report(problems.forbidden_construct("`recursive`", why, walk.tag_place(node)))
    value = value_of(node.iter, walk, scope)
    type_ = present_type(walk, node.iter, value)
    if kind(type_) not in ("list", "map", "record", "unknown"):
        shown = walk.shown(node.iter)
        cure = {
            "text": f'`{shown}.split(",")` gives its parts, `{shown} | list` its letters',
            "int": f"write `range({shown})`",
        }.get(kind(type_), "give it a list")
        walk.report(problems.not_a_list(shown, describe(type_), cure, walk.place(node.iter)))
        type_ = UNKNOWN
    source = None if value.source is None or kind(type_) != "list" else (*value.source, EACH)
    shows = value.shows if source is None else frozenset([source])
    inner = Scope(scope.names.new_child(), dict(scope.facts), scope.names)
    assign(node.target, Value(element(type_), None, source, shows), walk, inner)
    inner.set_inside.clear()
    if node.test is not None:
        value_of(node.test, walk, inner)
        inner = inner.copy(facts(node.test, walk, inner)[0])
    inner.names["loop"] = Local(Value(Loop(element(type_))))
    printed = _turns(node, type_, walk, inner)
    otherwise = body(node.else_, walk, scope.copy())
    walk.lost.update(inner.set_inside)
    walk.ended.update(inner.own)
    return NOTHING_PRINTED if printed.blank and otherwise.blank else Output(None)


def _turns(node: nodes.For, type_: Type, walk: Walk, inner: Scope) -> Output:
    before = walk.turns
    walk.turns *= max(len(type_.items), 1) if isinstance(type_, Items) else 1
    if before <= STEPS < walk.turns:
        what = f"these loops take {walk.turns:,} turns together"
        walk.report(problems.unbounded(what, f"a template takes at most {STEPS:,}", walk.place(node.iter)))
    printed = body(node.body, walk, inner)
    walk.turns = before
    return printed
