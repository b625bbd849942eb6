"""Every filter, test, function and method of the template language, with its types.

The checker and the renderer read this one table: what is not in it does not exist for either. To add a filter, write
one line here, and its function in `filters.py` where Jinja's own is impure, unbounded or lazy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2.filters import FILTERS as STOCK
from jinja2.tests import TESTS as STOCK_TESTS

from recipe_lang.jinja import filters, methods
from recipe_lang.jinja.types import (
    PRINTABLE,
    TEXT,
    UNKNOWN,
    Bool,
    Float,
    Int,
    Items,
    ListType,
    Literals,
    Map,
    Record,
    Type,
    alternatives,
    element,
    joined,
    kind,
    label_of,
    literals,
    optional,
    plain,
    present,
)
from recipe_lang.jinja.values import is_absent

Arguments = Mapping[str, Type]
Kinds = frozenset[str]


def kinds(words: str) -> Kinds:
    return frozenset(words.split())


ANY = kinds("text int float bool list record map none optional function loop unknown")
VALUES = kinds("text int float bool list record map")
NUMBERS = kinds("int float")


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    takes: Kinds
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """A filter, method or function: what it takes, what it gives, and what runs it."""

    name: str
    run: Callable[..., Any]
    takes: Kinds
    gives: Callable[[Type, Arguments], Type]
    parameters: tuple[Parameter, ...] | None = ()
    """None: `map`, `select` and their kin, whose arguments are checked by a rule of their own."""
    elements: Kinds | None = None
    """Of a list: what its elements must be."""
    keeps: bool = False
    """The result still gives its input away, as `trim` does and `length` does not."""


def always(type_: Type) -> Callable[[Type, Arguments], Type]:
    return lambda value, arguments: type_


def same(value: Type, arguments: Arguments) -> Type:
    return value


def folded(change: Callable[[str], str]) -> Callable[[Type, Arguments], Type]:
    """The change applied to each text that the value can be, where these are known."""

    def gives(value: Type, arguments: Arguments) -> Type:
        texts = alternatives(value) if not arguments else None
        return TEXT if texts is None else literals([change(text) for text in texts])

    return gives


def one(value: Type, arguments: Arguments) -> Type:
    return element(value)


def first(value: Type, arguments: Arguments) -> Type:
    return value.items[0] if isinstance(value, Items) and value.items else element(value)


def last(value: Type, arguments: Arguments) -> Type:
    return value.items[-1] if isinstance(value, Items) and value.items else element(value)


def rest(value: Type, arguments: Arguments) -> Type:
    return ListType(element(value)) if kind(value) == "list" else TEXT if kind(value) == "text" else UNKNOWN


def many(value: Type, arguments: Arguments) -> Type:
    return ListType(element(value))


def reversed_(value: Type, arguments: Arguments) -> Type:
    if isinstance(value, Items):
        return Items(value.items[::-1])
    return many(value, arguments) if kind(value) == "list" else TEXT if kind(value) == "text" else UNKNOWN


def size(value: Type, arguments: Arguments) -> Type:
    if isinstance(value, Items):
        return Int(len(value.items), len(value.items))
    return Int(0, None)


def defaulted(value: Type, arguments: Arguments) -> Type:
    otherwise = arguments.get("default", literals([""]))
    if kind(value) == "none":
        return otherwise
    return joined(present(value), otherwise) if kind(value) == "optional" else value


def unsigned(value: Type, arguments: Arguments) -> Type:
    match value:
        case Int(low=int(low), high=int(high)) if low >= 0:
            return Int(low, high)
        case Int():
            return Int(0, None)
        case _:
            return value


def converted(type_: Type) -> Callable[[Type, Arguments], Type]:
    """`int` and `float`: the default's type joins in."""

    def gives(value: Type, arguments: Arguments) -> Type:
        result = value if kind(value) == kind(type_) else type_
        return joined(result, arguments["default"]) if "default" in arguments else result

    return gives


def rounded(value: Type, arguments: Arguments) -> Type:
    return value if isinstance(value, Int) and "method" not in arguments else Float()


def summed(value: Type, arguments: Arguments) -> Type:
    if "attribute" in arguments:
        return UNKNOWN
    return Int() if kind(element(value)) == "int" and "start" not in arguments else Float()


def extreme(value: Type, arguments: Arguments) -> Type:
    return UNKNOWN if "attribute" in arguments else element(value)


def pairs(value: Type, arguments: Arguments) -> Type:
    match value:
        case Record(fields=fields):
            return Items(tuple(Items((literals([name]), type_)) for name, type_ in fields.items()))
        case Map(value=inner):
            return ListType(Items((TEXT, inner)))
        case _:
            return ListType(UNKNOWN)


def sorted_pairs(value: Type, arguments: Arguments) -> Type:
    found = pairs(value, arguments)
    return ListType(element(found))


def number_of_label(value: Type, arguments: Arguments) -> Type:
    label = label_of(value)
    if label is None:
        return Int(0, None)
    numbers = [label.names.index(text) for text in (value.values if isinstance(value, Literals) else label.names)]
    return Int(min(numbers), max(numbers))


def parted(value: Type, arguments: Arguments) -> Type:
    return ListType(TEXT)


def counted(value: Type, arguments: Arguments) -> Type:
    """`range`: the numbers that it can give."""
    bounds = [bound for bound in arguments.values() if isinstance(bound, Int)]
    if len(bounds) == 1:
        high = bounds[0].high
        return ListType(Int(0, None if high is None else max(high - 1, 0)))
    if len(bounds) == 2:
        low, high = bounds[0].low, bounds[1].high
        return ListType(Int(low, None if high is None else high - 1))
    return ListType(Int())


def zipped(value: Type, arguments: Arguments) -> Type:
    return ListType(Items(tuple(element(plain(each)) for each in arguments.values())))


_TEXT, _LIST, _INT = kinds("text"), kinds("list"), kinds("int")
_CHARACTERS = (Parameter("characters", _TEXT),)
_REPLACE = (Parameter("old", _TEXT, True), Parameter("new", _TEXT, True), Parameter("count", _INT))
_BETWEEN = (Parameter("start", _TEXT, True), Parameter("end", _TEXT, True))
_FILL = (Parameter("placeholder", _TEXT, True), Parameter("fillings", _LIST, True))
_ATTRIBUTE = Parameter("attribute", _TEXT)
_CASE = Parameter("case_sensitive", kinds("bool"))
_ORDERED = kinds("text int float bool")

FILTERS: dict[str, Operation] = {
    entry.name: entry
    for entry in (
        Operation("length", filters.length, kinds("text list map record"), size),
        Operation("wordcount", filters.wordcount, _TEXT, always(Int(0, None))),
        Operation("lower", filters.lower, _TEXT, folded(str.lower), keeps=True),
        Operation("upper", filters.upper, _TEXT, folded(str.upper), keeps=True),
        Operation("title", filters.title, _TEXT, folded(filters.title), keeps=True),
        Operation("capitalize", filters.capitalize, _TEXT, folded(str.capitalize), keeps=True),
        Operation("trim", filters.trim, PRINTABLE, folded(str.strip), _CHARACTERS, keeps=True),
        Operation("replace", filters.replace, _TEXT, always(TEXT), _REPLACE, keeps=True),
        Operation("remove_between", filters.remove_between, _TEXT, always(TEXT), _BETWEEN, keeps=True),
        Operation(
            "join", filters.join, _LIST, always(TEXT), (Parameter("separator", _TEXT), _ATTRIBUTE), PRINTABLE, True
        ),
        Operation("drop", filters.drop, kinds("text list"), rest, (Parameter("count", _INT, True),)),
        Operation("fill", filters.fill, _TEXT, parted, _FILL, keeps=True),
        Operation("first", filters.first, kinds("list text"), first),
        Operation("last", filters.last, kinds("list text"), last),
        Operation("default", filters.default, ANY, defaulted, (Parameter("default", VALUES),), keeps=True),
        Operation("int", filters.integer, PRINTABLE, converted(Int()), (Parameter("default", VALUES),), keeps=True),
        Operation("float", filters.number, PRINTABLE, converted(Float()), (Parameter("default", VALUES),), keeps=True),
        Operation("string", filters.string, PRINTABLE, folded(str), keeps=True),
        Operation("list", filters.as_list, kinds("list text map record"), many, keeps=True),
        Operation(
            "sort", STOCK["sort"], _LIST, many,
            (Parameter("reverse", kinds("bool")), _CASE, _ATTRIBUTE), _ORDERED, True,
        ),
        Operation("unique", filters.unique, _LIST, many, (_CASE, _ATTRIBUTE), _ORDERED, True),
        Operation("reverse", filters.reverse, kinds("list text"), reversed_, keeps=True),
        Operation("tojson", filters.tojson, VALUES, always(TEXT), (Parameter("indent", _INT),), keeps=True),
        Operation(
            "round", filters.rounded, NUMBERS, rounded,
            (Parameter("precision", _INT), Parameter("method", _TEXT)), keeps=True,
        ),
        Operation("abs", abs, NUMBERS, unsigned),
        Operation("sum", filters.total, _LIST, summed, (_ATTRIBUTE, Parameter("start", NUMBERS)), NUMBERS),
        Operation("min", STOCK["min"], _LIST, extreme, (_CASE, _ATTRIBUTE), _ORDERED),
        Operation("max", STOCK["max"], _LIST, extreme, (_CASE, _ATTRIBUTE), _ORDERED),
        Operation("items", filters.items, kinds("map record"), pairs, keeps=True),
        Operation("dictsort", STOCK["dictsort"], kinds("map record"), sorted_pairs, (_CASE,), keeps=True),
        Operation("map", filters.mapped, _LIST, many, None),
        Operation("select", filters.select, _LIST, many, None),
        Operation("reject", filters.reject, _LIST, many, None),
        Operation("selectattr", filters.selectattr, _LIST, many, None),
        Operation("rejectattr", filters.rejectattr, _LIST, many, None),
        Operation("pick", filters.pick, _LIST, one),
        Operation("position", filters.position, _TEXT, number_of_label),
    )
}  # fmt: skip

TEXT_METHODS: dict[str, Operation] = {
    entry.name: entry
    for entry in (
        Operation("lower", filters.lower, _TEXT, folded(str.lower), keeps=True),
        Operation("upper", filters.upper, _TEXT, folded(str.upper), keeps=True),
        Operation("title", filters.title, _TEXT, folded(filters.title), keeps=True),
        Operation("strip", methods.strip, _TEXT, folded(str.strip), _CHARACTERS, keeps=True),
        Operation("lstrip", methods.lstrip, _TEXT, folded(str.lstrip), _CHARACTERS, keeps=True),
        Operation("rstrip", methods.rstrip, _TEXT, folded(str.rstrip), _CHARACTERS, keeps=True),
        Operation("split", methods.split, _TEXT, parted, (Parameter("separator", _TEXT), Parameter("maxsplit", _INT))),
        Operation("join", methods.join, _TEXT, always(TEXT), (Parameter("values", _LIST, True),)),
        Operation("replace", filters.replace, _TEXT, always(TEXT), _REPLACE, keeps=True),
        Operation("startswith", methods.startswith, _TEXT, always(Bool()), (Parameter("prefix", _TEXT, True),)),
        Operation("endswith", methods.endswith, _TEXT, always(Bool()), (Parameter("suffix", _TEXT, True),)),
        Operation("index", methods.index, _TEXT, always(Int(0, None)), (Parameter("wanted", _TEXT, True),)),
    )
}
LIST_METHODS: dict[str, Operation] = {
    "index": Operation("index", methods.index, _LIST, always(Int(0, None)), (Parameter("wanted", VALUES, True),)),
}
FUNCTIONS: dict[str, Operation] = {
    "range": Operation(
        "range", methods.bounded_range, ANY, counted,
        (Parameter("start or stop", _INT, True), Parameter("stop", _INT), Parameter("step", _INT)),
    ),
    "zip": Operation(
        "zip", methods.zipped, ANY, zipped,
        (Parameter("first", _LIST, True), *(Parameter(f"list {n}", _LIST) for n in range(2, 9))),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Test:
    name: str
    run: Callable[..., bool]
    takes: Kinds
    parameter: Kinds | None = None
    guards: bool = False
    """It asks whether a value is there, so that absence is no mistake."""


TESTS: dict[str, Test] = {
    entry.name: entry
    for entry in (
        Test("defined", lambda value: not is_absent(value), ANY, guards=True),
        Test("undefined", is_absent, ANY, guards=True),
        Test("none", is_absent, ANY, guards=True),
        Test("odd", STOCK_TESTS["odd"], _INT),
        Test("even", STOCK_TESTS["even"], _INT),
        Test("divisibleby", STOCK_TESTS["divisibleby"], _INT, _INT),
        Test("string", STOCK_TESTS["string"], ANY),
        Test("number", STOCK_TESTS["number"], ANY),
        Test("in", STOCK_TESTS["in"], VALUES, kinds("text list map record")),
        Test("eq", STOCK_TESTS["eq"], VALUES, VALUES),
        Test("ne", STOCK_TESTS["ne"], VALUES, VALUES),
        Test("gt", STOCK_TESTS["gt"], _ORDERED, _ORDERED),
        Test("ge", STOCK_TESTS["ge"], _ORDERED, _ORDERED),
        Test("lt", STOCK_TESTS["lt"], _ORDERED, _ORDERED),
        Test("le", STOCK_TESTS["le"], _ORDERED, _ORDERED),
    )
}
LOOP: dict[str, Callable[[Type], Type]] = {
    "index": lambda element: Int(1, None),
    "index0": lambda element: Int(0, None),
    "revindex": lambda element: Int(1, None),
    "revindex0": lambda element: Int(0, None),
    "length": lambda element: Int(0, None),
    "first": lambda element: Bool(),
    "last": lambda element: Bool(),
    "previtem": optional,
    "nextitem": optional,
}


def methods_of(type_: Type) -> dict[str, Operation]:
    return {"text": TEXT_METHODS, "list": LIST_METHODS}.get(kind(type_), {})
