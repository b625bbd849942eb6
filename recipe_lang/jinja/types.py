"""The types of values in templates: those of columns, and what expressions add to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recipe_lang.program.columns import Bool, Float, Int, LabelType, ListType, Map, Messages, Optional, Record, Text

MOST_ALTERNATIVES = 64
LONGEST_ALTERNATIVE = 4_000
LARGEST = 2**63
HEAVIEST = 1_200
"""Parts of one type. Beyond, a nested list is a list: types may share parts, and grow by powers of two."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing is known, so nothing is reported: an undeclared column, or a name that was already reported."""

    kind: Literal["unknown"] = "unknown"


@dataclass(frozen=True, slots=True)
class Nothing:
    """The value `none`, or a name known not to be there."""

    kind: Literal["none"] = "none"


@dataclass(frozen=True, slots=True)
class Literals:
    """A text that is one of a few known ones."""

    values: tuple[str, ...]
    label: LabelType | None = None
    """The label that a condition has narrowed to these."""
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Items:
    """A list of known length."""

    items: tuple[Type, ...]
    kind: Literal["list"] = "list"


@dataclass(frozen=True, slots=True)
class Mixed:
    """One of several kinds, such as what `x or y` gives: good for what all of them are good for."""

    types: tuple[Type, ...]
    kind: Literal["mixed"] = "mixed"


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a text or a list, not yet called."""

    of: Type
    name: str
    kind: Literal["function"] = "function"


@dataclass(frozen=True, slots=True)
class MacroType:
    """A macro: at least `required` and at most `len(parameters)` arguments; `open` while its body is read."""

    name: str
    parameters: tuple[str, ...]
    required: int
    open: bool = False
    kind: Literal["function"] = "function"


@dataclass(frozen=True, slots=True)
class Loop:
    """The variable `loop`."""

    element: Type
    kind: Literal["loop"] = "loop"


Type = (
    Text
    | Int
    | Float
    | Bool
    | LabelType
    | ListType
    | Record
    | Map
    | Messages
    | Optional
    | Unknown
    | Nothing
    | Literals
    | Items
    | Mixed
    | Method
    | MacroType
    | Loop
)

UNKNOWN = Unknown()
TEXT = Text()
NUMBER_KINDS = frozenset({"int", "float", "bool"})
PRINTABLE = frozenset({"text", "int", "float", "bool"})

TURN = Record({"role": Literals(("system", "user", "assistant", "tool")), "content": TEXT})


def plain(type_: Type) -> Type:
    """Messages as the list of records that they are; every other type itself."""
    return ListType(TURN) if isinstance(type_, Messages) else type_


def kind(type_: Type) -> str:
    """text, int, float, bool, list, record, map, mixed, optional, none, function, loop or unknown."""
    if isinstance(type_, LabelType):
        return "text"
    return "list" if isinstance(type_, Messages) else type_.kind


def followed(type_: Type) -> Type:
    """The type, or a coarser one where it has more parts than are worth following."""
    stack, count = [type_], 0
    while stack:
        part = stack.pop()
        count += 1
        if count > HEAVIEST:
            return ListType(UNKNOWN) if kind(type_) == "list" else UNKNOWN
        match part:
            case Items(items=items):
                stack.extend(items)
            case Record(fields=fields):
                stack.extend(fields.values())
            case ListType(item=inner) | Optional(item=inner) | Map(value=inner):
                stack.append(inner)
    return type_


def element(type_: Type) -> Type:
    """What a loop over a value gives, or an index into it."""
    match plain(type_):
        case ListType(item=item):
            return item
        case Items(items=items):
            return joined(*items) if items else UNKNOWN
        case Map() | Record() | Text() | Literals() | LabelType():
            return TEXT
        case _:
            return UNKNOWN


def present(type_: Type) -> Type:
    """The type without absence."""
    return type_.item if isinstance(type_, Optional) else type_


def optional(type_: Type) -> Type:
    return type_ if isinstance(type_, (Optional, Unknown, Nothing)) else Optional(type_)


def alternatives(type_: Type) -> tuple[str, ...] | None:
    """Every text that a value of the type can print, None where they are not known or too many."""
    match type_:
        case Literals(values=values) | LabelType(names=values):
            return values if len(values) <= MOST_ALTERNATIVES else None
        case Bool():
            return ("True", "False")
        case Mixed(types=types):
            found = [alternatives(each) for each in types]
            return None if None in found else tuple(text for texts in found for text in texts or ())
        case Int(low=int(low), high=int(high)) if high - low < MOST_ALTERNATIVES:
            return tuple(str(number) for number in range(low, high + 1))
        case _:
            return None


def label_of(type_: Type) -> LabelType | None:
    """The label type behind a type, whose positions count."""
    return type_.label if isinstance(type_, Literals) else type_ if isinstance(type_, LabelType) else None


def literals(values: tuple[str, ...] | list[str]) -> Type:
    """A closed set of texts, or any text where the set is too large to follow."""
    distinct = tuple(dict.fromkeys(values))
    small = len(distinct) <= MOST_ALTERNATIVES and sum(map(len, distinct)) <= LONGEST_ALTERNATIVE
    return Literals(distinct) if small else TEXT


def concatenated(left: Type, right: Type) -> Type:
    """The type of two printed values, one after the other."""
    heads, tails = alternatives(left), alternatives(right)
    if heads is None or tails is None or len(heads) * len(tails) > MOST_ALTERNATIVES:
        return TEXT
    return literals([head + tail for head in heads for tail in tails])


def whole(low: int | None, high: int | None) -> Int:
    """An int range; bounds beyond 64 bits are no bounds."""
    return Int(
        None if low is None or abs(low) > LARGEST else low,
        None if high is None or abs(high) > LARGEST else high,
    )


def joined(first: Type, *rest: Type) -> Type:
    """The smallest type that holds all of them."""
    for other in rest:
        first = _join(first, other)
    return first


def _join(a: Type, b: Type) -> Type:
    if a == b:
        return a
    a, b = plain(a), plain(b)
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return UNKNOWN
    if isinstance(a, Nothing):
        return optional(b)
    if isinstance(b, Nothing):
        return optional(a)
    if isinstance(a, Optional) or isinstance(b, Optional):
        return optional(_join(present(a), present(b)))
    kinds = {kind(a), kind(b)}
    if kinds == {"text"}:
        left, right = alternatives(a), alternatives(b)
        return TEXT if left is None or right is None else literals([*left, *right])
    if isinstance(a, Int) and isinstance(b, Int):
        low = None if a.low is None or b.low is None else min(a.low, b.low)
        high = None if a.high is None or b.high is None else max(a.high, b.high)
        return Int(low, high)
    if kinds <= {"int", "float"}:
        return Float()
    if kinds == {"list"}:
        for empty, other in ((a, b), (b, a)):
            if isinstance(empty, Items) and not empty.items:
                return ListType(element(other))
        if isinstance(a, Items) and isinstance(b, Items) and len(a.items) == len(b.items):
            return Items(tuple(_join(x, y) for x, y in zip(a.items, b.items, strict=True)))
        return ListType(_join(element(a), element(b)))
    if isinstance(a, Record) and isinstance(b, Record):
        return Record({name: _join(a.fields[name], b.fields[name]) for name in a.fields if name in b.fields})
    if kinds <= {"record", "map"}:
        return Map(joined(*_values(a), *_values(b)))
    return _mixed(a, b)


def _values(type_: Type) -> tuple[Type, ...]:
    return tuple(type_.fields.values()) if isinstance(type_, Record) else (type_.value,)


def _mixed(a: Type, b: Type) -> Type:
    """Several kinds at once, each of them once."""
    by_kind: dict[str, Type] = {}
    for type_ in (*members(a), *members(b)):
        name = kind(type_)
        by_kind[name] = type_ if name not in by_kind else _join(by_kind[name], type_)
    if any(isinstance(each, (Unknown, Method, MacroType, Loop)) for each in by_kind.values()):
        return UNKNOWN
    return Mixed(tuple(by_kind.values())) if len(by_kind) > 1 else UNKNOWN


def members(type_: Type) -> tuple[Type, ...]:
    """The kinds that a mixed type can be, or the type alone."""
    return type_.types if isinstance(type_, Mixed) else (type_,)


def fits(type_: Type, kinds: frozenset[str]) -> bool:
    """Whether every value of a type is of one of some kinds; an unknown one is given the benefit of the doubt."""
    found = {kind(each) for each in members(type_)}
    return found <= kinds | {"unknown"} or ("float" in kinds and found <= kinds | {"int", "unknown"})


def describe(type_: Type) -> str:
    """A type in the words of the language."""
    match plain(type_):
        case Int(low=int(low), high=int(high)):
            return f"int({low}..{high})" if low != high else f"the number {low}"
        case LabelType(names=names):
            shown = ", ".join(f'"{name}"' for name in names[:3])
            return f"label({shown}{', …' if len(names) > 3 else ''})"
        case Literals():
            return "text"
        case ListType(item=item):
            return f"list({describe(item)})" if not isinstance(item, Unknown) else "list"
        case Items(items=items):
            return f"a list of {len(items)}"
        case Map(value=value):
            return f"map({describe(value)})"
        case Record(fields=fields):
            return f"record({', '.join(list(fields)[:4])}{', …' if len(fields) > 4 else ''})"
        case Optional(item=item):
            return f"optional({describe(item)})"
        case Nothing():
            return "none"
        case Mixed(types=types):
            return " or ".join(describe(each) for each in types)
        case Method(name=name):
            return f"the method `{name}`"
        case MacroType(name=name):
            return f"the macro `{name}`"
        case Loop():
            return "the loop"
        case other:
            return other.kind
