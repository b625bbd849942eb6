"""Typing of names, literals, fields and places in lists."""

from __future__ import annotations

import math
from typing import Any

from jinja2 import nodes

from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.jinja.table import FILTERS, FUNCTIONS, LOOP, methods_of
from recipe_lang.jinja.types import (
    TEXT,
    UNKNOWN,
    Bool,
    Float,
    Int,
    Items,
    ListType,
    Loop,
    Map,
    Method,
    Nothing,
    Record,
    Type,
    Unknown,
    alternatives,
    describe,
    element,
    followed,
    joined,
    kind,
    label_of,
    literals,
    optional,
)
from recipe_lang.jinja.typing.walk import NOTHING_KNOWN, Scope, Value, Walk, evaluates, known, present_type, value_of
from recipe_lang.jinja.words import FORBIDDEN_NAMES, ROWS, UNCHANGING


@evaluates(nodes.Name)
def _name(node: nodes.Name, walk: Walk, scope: Scope, guarded: bool) -> Value:
    name = node.name
    if name in scope.names:
        return _local(node, walk, scope, guarded)
    if name in walk.extra:
        return known(Value(walk.extra[name], (name,)), scope)
    if (name,) in scope.facts or (walk.columns is None and name not in FUNCTIONS) or name in (walk.columns or ()):
        if walk.columns is None or name in walk.columns:
            walk.use(name)
        type_ = (walk.columns or {}).get(name, UNKNOWN)
        return known(Value(type_, (name,), (name,), frozenset([(name,)])), scope)
    if name in FUNCTIONS:
        return Value(Method(Nothing(), name))
    if name in walk.lost and not guarded:
        walk.report_once(("unset", name), problems.may_be_unset(name, walk.name_place(node)))
    elif name in FORBIDDEN_NAMES or name.startswith("_"):
        why = FORBIDDEN_NAMES.get(name, "names do not begin with an underscore")
        walk.report_once(("name", name), problems.forbidden_construct(f"`{name}`", why, walk.name_place(node)))
    elif guarded:
        guess = closest(name, walk.columns or ())
        if guess:
            walk.report_once(("name", name), problems.always_absent(name, guess, walk.dataset, walk.name_place(node)))
    else:
        candidates = [*(walk.columns or ()), *scope.names, *walk.extra]
        guess = closest(name, candidates)
        declared = None
        if guess in walk.declared_at:
            declared = describe((walk.columns or {})[guess]), walk.declared_at[guess]
        listed = candidates if guess else list(walk.columns or ())
        place, ended = walk.name_place(node), name in walk.ended
        column = walk.by_origin.get(name)
        problem = problems.unknown_column(name, listed, walk.template, walk.dataset, place, declared, ended, column)
        walk.report_once(("name", name), problem)
    return Value(Nothing() if guarded else UNKNOWN, (name,))


def _local(node: nodes.Name, walk: Walk, scope: Scope, guarded: bool) -> Value:
    local = scope.names[node.name]
    if node.name in walk.lost and not walk.is_silent:
        lost = walk.lost.pop(node.name)
        walk.report_once(("lost", lost.lineno), problems.lost_in_loop(node.name, local.place, walk.name_place(lost)))
    if local.unset and not guarded and local.value.path not in scope.facts:
        walk.report_once(("unset", node.name), problems.may_be_unset(node.name, walk.name_place(node)))
    return known(local.value, scope)


@evaluates(nodes.Const, nodes.TemplateData)
def _const(node: nodes.Const | nodes.TemplateData, walk: Walk, scope: Scope, guarded: bool) -> Value:
    if isinstance(node, nodes.Const) and node.value == math.inf:
        walk.report(problems.unreadable_template("a number is too large", None, walk.place(node)))
    return Value(type_of_constant(node.data if isinstance(node, nodes.TemplateData) else node.value))


def type_of_constant(value: Any) -> Type:
    match value:
        case None:
            return Nothing()
        case bool():
            return Bool()
        case int():
            return Int(value, value)
        case float():
            return Float()
        case _:
            return literals([value])


@evaluates(nodes.List, nodes.Tuple)
def _list(node: nodes.List | nodes.Tuple, walk: Walk, scope: Scope, guarded: bool) -> Value:
    values = [value_of(item, walk, scope) for item in node.items]
    return Value(followed(Items(tuple(value.type for value in values))), shows=union(values))


@evaluates(nodes.Dict)
def _dict(node: nodes.Dict, walk: Walk, scope: Scope, guarded: bool) -> Value:
    fields: dict[str, Type] = {}
    values: list[Value] = []
    for pair in node.items:
        key, value = value_of(pair.key, walk, scope), value_of(pair.value, walk, scope)
        values.append(value)
        texts = alternatives(key.type) if kind(key.type) == "text" else None
        if texts is not None and len(texts) == 1:
            fields[texts[0]] = value.type
    if len(fields) == len(values):
        return Value(followed(Record(fields)), shows=union(values))
    return Value(followed(Map(joined(*(value.type for value in values)))), shows=union(values))


def union(values: list[Value]) -> frozenset:
    return frozenset().union(*(value.shows for value in values))


def _of_a_row(row: nodes.Node, field: object, walk: Walk, scope: Scope) -> Value | None:
    """The column of `row.question` and `item["question"]`, which is told to stand alone; None for all else."""
    name = row.name if isinstance(row, nodes.Name) else None
    taken = name in scope.names or name in walk.extra or name in (walk.columns or ())
    if name not in ROWS or taken or field not in (walk.columns or ()):
        return None
    walk.use(field)
    place = walk.name_place(row)
    problem = problems.unknown_column(name, [], walk.template, walk.dataset, place, field=field)
    walk.report_once(("name", name), problem)
    return known(Value(walk.columns[field], (field,), (field,), frozenset([(field,)])), scope)


@evaluates(nodes.Getattr)
def _attribute(node: nodes.Getattr, walk: Walk, scope: Scope, guarded: bool) -> Value:
    if (column := _of_a_row(node.node, node.attr, walk, scope)) is not None:
        return column
    base = value_of(node.node, walk, scope)
    type_ = present_type(walk, node.node, base)
    name, place = node.attr, walk.name_place(node)
    if name.startswith("_"):
        why = "nothing that begins with an underscore can be reached"
        walk.report(problems.forbidden_construct(f"`.{name}`", why, place))
        return NOTHING_KNOWN
    if isinstance(type_, (Record, Map, Unknown)):
        return _field(node, name, base, type_, walk, scope, guarded)
    if isinstance(type_, Loop) and name in LOOP:
        return Value(LOOP[name](type_.element))
    methods = LOOP if isinstance(type_, Loop) else methods_of(type_)
    if name in methods:
        return Value(Method(type_, name), None, base.source, base.shows)
    shown = walk.shown(node.node)
    if name in UNCHANGING:
        walk.report(problems.forbidden_construct(f"`.{name}()`", UNCHANGING[name], place))
    else:
        walk.report(problems.unknown_method(name, shown, describe(type_), list(methods), list(FILTERS), place))
    return NOTHING_KNOWN


def _field(
    node: nodes.Getattr | nodes.Getitem, name: str, base: Value, type_: Type, walk: Walk, scope: Scope, guarded: bool
) -> Value:
    path = None if base.path is None else (*base.path, name)
    source = None if base.source is None else (*base.source, name)
    shows = base.shows if source is None else frozenset([source])
    if isinstance(type_, Record) and name not in type_.fields:
        if not guarded and (path is None or path not in scope.facts):
            place = walk.name_place(node) if isinstance(node, nodes.Getattr) else walk.place(node.arg)
            problem = problems.unknown_field(name, walk.shown(node.node), list(type_.fields), place)
            walk.report_once(("field", path or node.lineno), problem)
        return known(Value(Nothing() if guarded else UNKNOWN, path, source, shows), scope)
    if isinstance(type_, Record):
        field = type_.fields[name]
    else:
        field = optional(type_.value) if isinstance(type_, Map) else UNKNOWN
    return known(Value(field, path, source, shows), scope)


@evaluates(nodes.Getitem)
def _item(node: nodes.Getitem, walk: Walk, scope: Scope, guarded: bool) -> Value:
    key = node.arg.value if isinstance(node.arg, nodes.Const) else None
    if (column := _of_a_row(node.node, key, walk, scope)) is not None:
        return column
    base = value_of(node.node, walk, scope)
    type_ = present_type(walk, node.node, base)
    if isinstance(node.arg, nodes.Slice):
        return _slice(node, node.arg, base, type_, walk, scope)
    index = value_of(node.arg, walk, scope)
    key = present_type(walk, node.arg, index)
    if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str) and kind(type_) in ("record", "map"):
        return _field(node, node.arg.value, base, type_, walk, scope, guarded)
    if kind(type_) in ("list", "text"):
        return _place(node, key, base, type_, walk, scope)
    if kind(type_) in ("record", "map") and kind(key) not in ("text", "unknown"):
        what = "a record" if kind(type_) == "record" else "a map"
        walk.wrong(f"a place in {what}", "a field's name", node.arg, key)
    elif kind(type_) in ("int", "float", "bool", "function", "loop", "mixed"):
        cure = "only texts, lists, records and maps have places in them"
        walk.wrong("`[…]`", "a list", node.node, type_, cure)
    elif isinstance(type_, Map):
        return Value(optional(type_.value))
    elif isinstance(type_, Record) and type_.fields:
        return Value(joined(*type_.fields.values()))
    return NOTHING_KNOWN


def _place(node: nodes.Getitem, key: Type, base: Value, type_: Type, walk: Walk, scope: Scope) -> Value:
    """A place in a list or a text."""
    if kind(key) not in ("int", "unknown"):
        cure = f"write `{walk.shown(node.arg)} | position`" if label_of(key) else None
        walk.wrong(f"a place in a {kind(type_)}", "a whole number", node.arg, key, cure)
        return NOTHING_KNOWN
    exact = key.low if isinstance(key, Int) and key.low == key.high else None
    path = None if base.path is None or exact is None else (*base.path, exact)
    source = None if base.source is None or exact is None else (*base.source, exact)
    shows = frozenset() if source is None else frozenset([source])
    found = TEXT if kind(type_) == "text" else element(type_)
    if isinstance(type_, Items) and isinstance(key, Int) and key.low is not None and key.high is not None:
        length, low, high = len(type_.items), key.low, key.high
        if high >= length or low < -length or low < 0 <= high:
            shown, index = walk.shown(node.node), walk.shown(node.arg)
            walk.report(problems.index_out_of_range(shown, index, low, high, length, walk.place(node.arg)))
            return NOTHING_KNOWN
        found = joined(*(type_.items[number] for number in range(low, high + 1)))
    return known(Value(found, path, source, shows), scope)


def _slice(node: nodes.Getitem, part: nodes.Slice, base: Value, type_: Type, walk: Walk, scope: Scope) -> Value:
    bounds: list[int | None] = []
    exact = True
    for bound in (part.start, part.stop, part.step):
        found = Nothing() if bound is None else value_of(bound, walk, scope).type
        if kind(found) not in ("int", "none", "unknown"):
            walk.wrong("`[:]`", "whole numbers", bound, found)
        exact = exact and (isinstance(found, Nothing) or (isinstance(found, Int) and found.low == found.high))
        bounds.append(found.low if isinstance(found, Int) else None)
    if kind(type_) not in ("text", "list", "unknown"):
        walk.wrong("`[:]`", "a text or a list", node.node, type_)
        return NOTHING_KNOWN
    if exact and bounds[2] != 0 and isinstance(type_, Items):
        return Value(Items(type_.items[slice(*bounds)]), shows=base.shows)
    part_type = {"list": ListType(element(type_)), "text": TEXT}.get(kind(type_), UNKNOWN)
    return Value(part_type, shows=base.shows)
