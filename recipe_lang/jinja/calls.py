"""Typing of filters, tests, methods, functions and macros."""

from __future__ import annotations

from dataclasses import replace

from jinja2 import nodes

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.limits import RANGE
from recipe_lang.jinja.operators import comparable, orderable
from recipe_lang.jinja.table import FILTERS, FUNCTIONS, TESTS, Kinds, Operation, Parameter, methods_of
from recipe_lang.jinja.types import (
    NUMBER_KINDS,
    TEXT,
    UNKNOWN,
    Bool,
    Int,
    Items,
    ListType,
    MacroType,
    Method,
    Nothing,
    Record,
    Type,
    Unknown,
    describe,
    element,
    fits,
    followed,
    joined,
    kind,
    label_of,
    members,
    plain,
    present,
)
from recipe_lang.jinja.walk import EACH, NOTHING_KNOWN, Scope, Value, Walk, evaluates, present_type, value_of
from recipe_lang.jinja.words import FILTER_CURES, FORBIDDEN_NAMES, NOT_DETERMINISTIC, TEST_CURES

_WORDS = {
    "text": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "map": "a map",
    "record": "a record",
}
_TESTING = ("select", "reject", "selectattr", "rejectattr")


def in_words(kinds: Kinds) -> str:
    """`a text, a list or a map`."""
    if kinds >= {"text", "int", "float", "bool"} and "list" not in kinds:
        return "a text or a number"
    words = [_WORDS[name] for name in _WORDS if name in kinds and not (name == "int" and "float" in kinds)]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def signature(name: str, parameters: tuple[Parameter, ...]) -> str:
    words = [p.name if p.required else f"{p.name} = …" for p in parameters]
    return f"{name}({', '.join(words)})" if words else name


Call = nodes.Filter | nodes.Test | nodes.Call
Bound = dict[str, tuple[nodes.Expr, Value]]


def bind(node: Call, name: str, parameters: tuple[Parameter, ...], walk: Walk, scope: Scope) -> Bound | None:
    """Arguments by parameter name; None where the call itself is wrong, which is reported."""
    written = signature(name, parameters)
    bound: Bound = {}
    given = [(None, argument) for argument in node.args]
    given += [(pair.key, pair.value) for pair in node.kwargs]
    mistake: Diagnostic | None = None
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        why = "write the arguments one by one"
        mistake = problems.forbidden_construct("`*` in a call", why, walk.place(node.dyn_args or node.dyn_kwargs))
    names = [parameter.name for parameter in parameters]
    for number, (key, argument) in enumerate(given):
        value = value_of(argument, walk, scope)
        slot = key if key is not None else names[number] if number < len(names) else None
        if mistake is not None:
            continue
        if slot is None:
            many = (
                f"takes no more than {len(names)} argument{'s' * (len(names) != 1)}" if names else "takes no arguments"
            )
            mistake = problems.wrong_call(name, many, written, walk.place(argument))
        elif slot not in names:
            place = walk.name_place(node.kwargs[number - len(node.args)])
            mistake = problems.wrong_call(name, f"has no argument `{slot}`", written, place)
        elif slot in bound:
            mistake = problems.wrong_call(name, f"is given `{slot}` twice", written, walk.place(argument))
        else:
            bound[slot] = (argument, value)
    missing = [p.name for p in parameters if p.required and p.name not in bound]
    if missing and mistake is None:
        mistake = problems.wrong_call(name, f"is called without `{missing[0]}`", written, _callee(node, walk))
    if mistake is not None:
        walk.report(mistake)
        return None
    return bound


def _callee(node: Call, walk: Walk) -> Place:
    if not isinstance(node, nodes.Call):
        return walk.name_place(node)
    return walk.name_place(node.node) if isinstance(node.node, nodes.Getattr) else walk.place(node.node)


def operate(node: Call, entry: Operation, base: Type, walk: Walk, scope: Scope) -> tuple[Type, list[Value]]:
    """The type that a filter, method or function gives, unknown after a mistake in its arguments; and these."""
    parameters = entry.parameters or ()
    bound = bind(node, entry.name, parameters, walk, scope)
    if bound is None:
        return UNKNOWN, []
    types: dict[str, Type] = {}
    right = True
    for parameter in parameters:
        if parameter.name in bound:
            argument, value = bound[parameter.name]
            type_ = types[parameter.name] = present_type(walk, argument, value)
            if not fits(type_, parameter.takes):
                user = f"`{parameter.name}` of `{entry.name}`"
                _wrong(user, in_words(parameter.takes), argument, type_, walk)
                right = False
    values = [value for _, value in bound.values()]
    result = joined(*(entry.gives(each, types) for each in members(base))) if right else UNKNOWN
    return followed(result), values


def _wrong(user: str, wanted: str, node: nodes.Expr, type_: Type, walk: Walk, cure: str | None = None) -> None:
    walk.report(problems.wrong_argument(user, wanted, walk.shown(node), describe(type_), cure, walk.place(node)))


# --- filters -----------------------------------------------------------------------------------------------------


@evaluates(nodes.Filter)
def _filter(node: nodes.Filter, walk: Walk, scope: Scope, guarded: bool) -> Value:
    # `{% filter upper %}` has no expression in front of it, but the text that its block prints.
    base = walk.block if node.node is None else value_of(node.node, walk, scope, guarded or node.name == "default")
    return filtered(node, base, walk, scope)


def filtered(node: nodes.Filter, base: Value, walk: Walk, scope: Scope) -> Value:
    place = walk.name_place(node)
    if node.name in NOT_DETERMINISTIC:
        walk.report(problems.not_deterministic(node.name, NOT_DETERMINISTIC[node.name], place))
    elif node.name not in FILTERS:
        walk.report(problems.unknown_filter(node.name, list(FILTERS), FILTER_CURES.get(node.name), place))
    if node.name not in FILTERS:
        for argument in (*node.args, *(pair.value for pair in node.kwargs)):
            value_of(argument, walk, scope)
        return Value(UNKNOWN, shows=base.shows)
    entry = FILTERS[node.name]
    walk.draws |= entry.name == "pick"
    absence_is_fine = "optional" in entry.takes or node.node is None
    type_ = plain(base.type) if absence_is_fine else present_type(walk, node.node, base)
    right = _takes(node, entry, type_, walk)
    if entry.parameters is None:
        return _over_elements(node, entry, base, type_ if right else UNKNOWN, walk, scope)
    result, _ = operate(node, entry, type_, walk, scope)
    if not right:
        result = UNKNOWN
    by_attribute = any(pair.key == "attribute" for pair in node.kwargs)
    if entry.name in ("first", "last") and base.source is not None:
        source = (*base.source, 0 if entry.name == "first" else -1)
        return Value(result, None, source, frozenset([source]))
    if not entry.keeps or by_attribute:
        return Value(result)
    return Value(result, None, base.source, base.shows)


def _takes(node: nodes.Filter, entry: Operation, type_: Type, walk: Walk) -> bool:
    """Whether a filter can be applied to a value of a type; reported where not."""
    user, place = f"`{entry.name}`", walk.name_place(node)
    shown = walk.shown(node.node) if node.node is not None else "the block"
    wanted = None
    if not fits(type_, entry.takes):
        wanted = in_words(entry.takes)
    elif entry.name == "position" and label_of(type_) is None and not isinstance(type_, Unknown):
        wanted = "a label column"
    elif entry.elements is not None and kind(type_) == "list":
        items = [_named(node, item, walk) for item in (type_.items if isinstance(type_, Items) else (element(type_),))]
        found = {kind(item) for item in items}
        mixed = "text" in found and bool(NUMBER_KINDS & found) and entry.name != "join"
        if mixed or not all(fits(item, entry.elements) for item in items):
            wanted = f"a list of {'texts or of numbers' if 'text' in entry.elements else 'numbers'}"
    if wanted is None:
        return True
    cure = None
    if kind(type_) == "text" and entry.takes == {"list"}:
        cure = f'`{shown}.split(",")` makes a list of a text'
    elif kind(type_) in NUMBER_KINDS and entry.takes == {"text"}:
        cure = f"write `{shown} | string` before it"
    elif "optional" in (kind(element(type_)),):
        cure = 'some elements may be absent: `select("defined")` keeps the others'
    walk.report(problems.wrong_argument(user, wanted, shown, describe(type_), cure, place))
    return False


def _named(node: nodes.Filter, item: Type, walk: Walk) -> Type:
    """What a filter looks at in an element: the field that `attribute` names, or the element itself."""
    attribute = next((pair.value for pair in node.kwargs if pair.key == "attribute"), None)
    if not isinstance(attribute, nodes.Const) or not isinstance(attribute.value, str):
        return item if attribute is None else UNKNOWN
    return _attribute(attribute.value, item, attribute, walk)


def _over_elements(node: nodes.Filter, entry: Operation, base: Value, type_: Type, walk: Walk, scope: Scope) -> Value:
    """`map`, `select`, `reject`, `selectattr` and `rejectattr`."""
    item = element(type_)
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        bind(node, entry.name, (), walk, scope)
        return NOTHING_KNOWN
    attribute = next((pair for pair in node.kwargs if pair.key == "attribute"), None)
    if entry.name == "map" and attribute is not None:
        path = attribute.value.value if isinstance(attribute.value, nodes.Const) else None
        if not isinstance(path, str):
            return _wrong_name(node, entry, 'map(attribute = "name")', walk)
        inner = _attribute(path, item, attribute.value, walk)
        shows = frozenset() if base.source is None else frozenset([(*base.source, EACH, *path.split("."))])
        return Value(ListType(inner), shows=shows)
    names = [argument.value for argument in node.args if isinstance(argument, nodes.Const)]
    wanted = 2 if entry.name in ("selectattr", "rejectattr") else 1
    written = {"map": 'map("lower")', "selectattr": 'selectattr("role", "eq", "user")'}.get(
        entry.name, f'{entry.name}("defined")'
    )
    if len(names) < min(wanted, len(node.args)) or (entry.name not in ("select", "reject") and not names):
        return _wrong_name(node, entry, written, walk)
    rest = node.args
    if entry.name in ("selectattr", "rejectattr"):
        item_tested, rest = _attribute(str(names[0]), item, rest[0], walk), rest[1:]
    else:
        item_tested = item
    values = [value_of(argument, walk, scope) for argument in rest[1:]]
    keywords = {pair.key: value_of(pair.value, walk, scope) for pair in node.kwargs}
    if entry.name == "map":
        return Value(ListType(_mapped(rest[0], values, keywords, item, walk)), shows=base.shows)
    if rest:
        _tested(rest[0], values, item_tested, walk)
    keeps_present = entry.name == "select" and (not rest or rest[0].value == "defined")
    return Value(ListType(present(item) if keeps_present else item), shows=base.shows)


def _wrong_name(node: nodes.Filter, entry: Operation, written: str, walk: Walk) -> Value:
    walk.report(problems.wrong_call(entry.name, "needs a name in quotes", written, walk.name_place(node)))
    return NOTHING_KNOWN


def _attribute(path: str, item: Type, node: nodes.Expr, walk: Walk) -> Type:
    """The type of a field of each element."""
    for name in path.split("."):
        item = plain(present(item))
        if isinstance(item, Record) and name not in item.fields:
            walk.report(problems.unknown_field(name, "each element", list(item.fields), walk.place(node)))
            return UNKNOWN
        if kind(item) not in ("record", "map", "unknown"):
            cure = "only records have fields"
            _wrong("`attribute`", "a list of records", node, ListType(item), walk, cure)
            return UNKNOWN
        item = item.fields[name] if isinstance(item, Record) else UNKNOWN
    return item


def _mapped(node: nodes.Const, values: list[Value], keywords: dict[str, Value], item: Type, walk: Walk) -> Type:
    """The type that `map("name", …)` gives each element."""
    name, place = node.value, walk.place(node)
    if name in NOT_DETERMINISTIC:
        walk.report(problems.not_deterministic(name, NOT_DETERMINISTIC[name], place))
    elif name not in FILTERS:
        walk.report(problems.unknown_filter(str(name), list(FILTERS), FILTER_CURES.get(name), place))
    elif not fits(plain(item), FILTERS[name].takes):
        _wrong(f"`{name}`", in_words(FILTERS[name].takes), node, item, walk)
    elif FILTERS[name].parameters is not None:
        return _applied(FILTERS[name], values, keywords, item, node, walk)
    return UNKNOWN


def _applied(
    entry: Operation, values: list[Value], keywords: dict[str, Value], item: Type, node: nodes.Const, walk: Walk
) -> Type:
    names = [parameter.name for parameter in entry.parameters or ()]
    given = {**dict(zip(names, values, strict=False)), **keywords}
    required = {parameter.name for parameter in entry.parameters or () if parameter.required}
    if len(values) > len(names) or not given.keys() <= set(names) or not required <= given.keys():
        written = f'map("{entry.name}"{"".join(f", {name}" for name in names)})'
        walk.report(
            problems.wrong_call(entry.name, "is given other arguments than it takes", written, walk.place(node))
        )
        return UNKNOWN
    return UNKNOWN if isinstance(item, Unknown) else entry.gives(plain(item), {k: v.type for k, v in given.items()})


def _tested(node: nodes.Const, values: list[Value], item: Type, walk: Walk) -> None:
    """The test that `select` and its kin apply to each element."""
    name, place = node.value, walk.place(node)
    test = TESTS.get(name) if isinstance(name, str) else None
    if test is None:
        walk.report(problems.unknown_test(str(name), list(TESTS), TEST_CURES.get(name), place))
    elif len(values) != (0 if test.parameter is None else 1):
        count = "no arguments" if test.parameter is None else "one argument"
        walk.report(
            problems.wrong_call(name, f"takes {count}", f'"{name}"' + ", …" * (test.parameter is not None), place)
        )
    elif not fits(plain(item), test.takes):
        _wrong(f"`{name}`", in_words(test.takes), node, item, walk)
    elif values and not _match(name, plain(present(item)), plain(present(values[0].type))):
        other = describe(values[0].type)
        walk.report(problems.never_equal("each element", describe(item), name, f"given {other}", None, place))


def _match(test: str, item: Type, other: Type) -> bool:
    if test in ("eq", "ne"):
        return comparable(item, other)
    return test not in ("gt", "ge", "lt", "le") or orderable(item, other)


# --- tests -------------------------------------------------------------------------------------------------------


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
        walk.report(
            problems.wrong_call(node.name, f"takes {'one argument' if wanted else 'no arguments'}", written, place)
        )
    elif not fits(type_, test.takes):
        shown = walk.shown(node.node)
        walk.report(
            problems.wrong_argument(f"`{node.name}`", in_words(test.takes), shown, describe(type_), None, place)
        )
    return Value(Bool())


# --- calls -------------------------------------------------------------------------------------------------------


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
        shown = walk.shown(node.node)
        problem = problems.wrong_argument(
            "`(…)`", "a function", shown, describe(function.type), None, walk.place(node.node)
        )
        walk.report(problem)
    return NOTHING_KNOWN


def _exists(name: str, walk: Walk, scope: Scope) -> bool:
    known = (scope.names, walk.extra, FUNCTIONS, walk.columns or (), FORBIDDEN_NAMES)
    return any(name in names for names in known) or name.startswith("_")


def _unknown_function(node: nodes.Name, walk: Walk) -> None:
    place = walk.name_place(node)
    if node.name in NOT_DETERMINISTIC:
        walk.report(problems.not_deterministic(node.name, NOT_DETERMINISTIC[node.name], place))
    else:
        walk.report(problems.unknown_function(node.name, list(FUNCTIONS), place))


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
        walk.report(
            problems.unbounded("`range` with steps of 0 has no end", "write another step", walk.place(node.args[2]))
        )
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
