"""Typing of tests, methods, functions and macros."""

from __future__ import annotations

from dataclasses import replace

from jinja2 import nodes

from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.limits import RANGE
from recipe_lang.jinja.table import FILTERS, FUNCTIONS, TESTS, Operation, Parameter, methods_of
from recipe_lang.jinja.types import (
    TEXT,
    UNKNOWN,
    Bool,
    Int,
    Items,
    MacroType,
    Method,
    Nothing,
    Type,
    Unknown,
    describe,
    fits,
    plain,
)
from recipe_lang.jinja.typing.arguments import bind, in_words, operate
from recipe_lang.jinja.typing.walk import NOTHING_KNOWN, Scope, Value, Walk, evaluates, present_type, value_of
from recipe_lang.jinja.words import FORBIDDEN_NAMES, NOT_DETERMINISTIC, TEST_CURES


@evaluates(nodes.Test)
def _test(node: nodes.Test, walk: Walk, scope: Scope, guarded: bool) -> Value:
    test = TESTS.get(node.name)
    base = value_of(node.node, walk, scope, test is not None and test.guards)
    for argument in (*node.args, *(pair.value for pair in node.kwargs)):
        value_of(argument, walk, scope)
    place = walk.name_place(node)
    if test is None:
        walk.report(problems.unknown_test(node.name, list(TESTS), TEST_CURES.get(node.name), place))
        return Value(Bool())
    type_ = plain(base.type) if "optional" in test.takes else present_type(walk, node.node, base)
    wanted = 0 if test.parameter is None else 1
    if len(node.args) + len(node.kwargs) != wanted or node.dyn_args is not None or node.dyn_kwargs is not None:
        written = f"{node.name}(…)" if wanted else node.name
        takes = "takes one argument" if wanted else "takes no arguments"
        walk.report(problems.wrong_call(node.name, takes, written, place))
    elif not fits(type_, test.takes):
        shown = walk.shown(node.node)
        wanted = in_words(test.takes)
        walk.report(problems.wrong_argument(f"`{node.name}`", wanted, shown, describe(type_), None, place))
    return Value(Bool())


@evaluates(nodes.Call)
def _call(node: nodes.Call, walk: Walk, scope: Scope, guarded: bool) -> Value:
    if isinstance(node.node, nodes.Name) and not _exists(node.node.name, walk, scope):
        _unknown_function(node.node, walk)
        function = NOTHING_KNOWN
    else:
        function = value_of(node.node, walk, scope)
    match function.type:
        case Method(of=Nothing(), name=name):
            return _called(node, FUNCTIONS[name], Nothing(), function, walk, scope)
        case Method(of=of, name=name):
            return _called(node, methods_of(of)[name], of, function, walk, scope)
        case MacroType() as macro:
            return _macro(node, macro, walk, scope)
    for argument in (*node.args, *(pair.value for pair in node.kwargs)):
        value_of(argument, walk, scope)
    if not isinstance(function.type, Unknown):
        walk.wrong("`(…)`", "a function", node.node, function.type)
    return NOTHING_KNOWN


def _exists(name: str, walk: Walk, scope: Scope) -> bool:
    known = (scope.names, walk.extra, FUNCTIONS, walk.columns or (), FORBIDDEN_NAMES)
    return any(name in names for names in known) or name.startswith("_")


def _unknown_function(node: nodes.Name, walk: Walk) -> None:
    place = walk.name_place(node)
    if node.name in NOT_DETERMINISTIC:
        walk.report(problems.not_deterministic(node.name, NOT_DETERMINISTIC[node.name], place))
    else:
        walk.report(problems.unknown_function(node.name, list(FUNCTIONS), list(FILTERS), place))


def _called(node: nodes.Call, entry: Operation, of: Type, function: Value, walk: Walk, scope: Scope) -> Value:
    result, values = operate(node, entry, of, walk, scope)
    if entry.name == "range" and not isinstance(result, Unknown):
        result = _bounded(node, result, values, walk)
    shows = frozenset().union(function.shows, *(value.shows for value in values))
    if entry.name == "join" and values:
        return Value(result, None, values[0].source, shows)
    keeps = entry.keeps or entry.name in ("zip", "split")
    return Value(result, None, function.source if entry.keeps else None, shows if keeps else frozenset())


def _bounded(node: nodes.Call, result: Type, values: list[Value], walk: Walk) -> Type:
    """`range` with constant bounds: no more numbers than it may give."""
    exact = [value.type.low for value in values if isinstance(value.type, Int) and value.type.low == value.type.high]
    if len(exact) != len(values) or None in exact:
        return result
    if len(exact) == 3 and exact[2] == 0:
        what = "`range` with steps of 0 has no end"
        walk.report(problems.unbounded(what, "write another step", walk.place(node.args[2])))
        return UNKNOWN
    count = len(range(*exact))
    if count > RANGE:
        what = f"`range` gives at most {RANGE:,} numbers, and this asks for {count:,}"
        walk.report(problems.unbounded(what, "a prompt has no use for more", walk.place(node)))
        return UNKNOWN
    numbers = range(*exact)
    return Items(tuple(Int(number, number) for number in numbers))


def _macro(node: nodes.Call, macro: MacroType, walk: Walk, scope: Scope) -> Value:
    if macro.open:
        why = "macros do not call themselves: use a loop"
        walk.report(problems.forbidden_construct(f"a macro `{macro.name}` inside itself", why, walk.place(node.node)))
    parameters = tuple(
        Parameter(name, frozenset(), number < macro.required) for number, name in enumerate(macro.parameters)
    )
    bound = bind(node, macro.name, parameters, walk, scope) or {}
    shows = frozenset().union(*(value.shows for _, value in bound.values()))
    return replace(NOTHING_KNOWN, type=TEXT, shows=shows)
