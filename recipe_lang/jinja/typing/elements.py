"""Typing of filters that look into the elements of a list: `map`, `select` and their kin, and `attribute`."""

from __future__ import annotations

from jinja2 import nodes

from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.table import FILTERS, TESTS, Operation
from recipe_lang.jinja.types import (
    UNKNOWN,
    ListType,
    Record,
    Type,
    Unknown,
    describe,
    element,
    fits,
    kind,
    plain,
    present,
)
from recipe_lang.jinja.typing.arguments import bind, in_words
from recipe_lang.jinja.typing.comparisons import comparable, orderable
from recipe_lang.jinja.typing.walk import EACH, NOTHING_KNOWN, Scope, Value, Walk, value_of
from recipe_lang.jinja.words import FILTER_CURES, NOT_DETERMINISTIC, TEST_CURES


def field_or_self(node: nodes.Filter, item: Type, walk: Walk) -> Type:
    """What a filter looks at in an element: the field that `attribute` names, or the element itself."""
    attribute = next((pair.value for pair in node.kwargs if pair.key == "attribute"), None)
    if not isinstance(attribute, nodes.Const) or not isinstance(attribute.value, str):
        return item if attribute is None else UNKNOWN
    return _attribute(attribute.value, item, attribute, walk)


def over_elements(node: nodes.Filter, entry: Operation, base: Value, type_: Type, walk: Walk, scope: Scope) -> Value:
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
            walk.wrong("`attribute`", "a list of records", node, ListType(item), "only records have fields")
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
        walk.wrong(f"`{name}`", in_words(FILTERS[name].takes), node, item)
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
        mistake = "is given other arguments than it takes"
        walk.report(problems.wrong_call(entry.name, mistake, written, walk.place(node)))
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
        written = f'"{name}"' + ", …" * (test.parameter is not None)
        walk.report(problems.wrong_call(name, f"takes {count}", written, place))
    elif not fits(plain(item), test.takes):
        walk.wrong(f"`{name}`", in_words(test.takes), node, item)
    elif values and not _match(name, plain(present(item)), plain(present(values[0].type))):
        other = describe(values[0].type)
        walk.report(problems.never_equal("each element", describe(item), name, f"given {other}", None, place))


def _match(test: str, item: Type, other: Type) -> bool:
    if test in ("eq", "ne"):
        return comparable(item, other)
    return test not in ("gt", "ge", "lt", "le") or orderable(item, other)
