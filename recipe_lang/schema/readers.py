"""Readers: from a value in the tree to a plain Python value, with every mistake reported where it stands.

`reader_of` makes one from a field's annotation: `str`, `bool`, `int`, `float`, `Literal[…]`, `list[…]`, `dict[…]`,
calls, inner blocks, `None`, unions of these, and `Annotated[…, a reader]` for everything else (`types.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.schema.base import Call, Inner, identity
from recipe_lang.schema.scope import Unreadable
from recipe_lang.syntax import tree

if TYPE_CHECKING:
    from recipe_lang.schema.scope import Scope

PERCENT = ("percent", "percents", "pct")
"""What some write for `%`."""


class Reader:
    """Reads one type of value. `phrase` says in messages and in the reference what may be written."""

    phrase: str = "a value"
    nodes: tuple[type, ...] = ()
    """The kinds of nodes that it reads."""
    words: tuple[str, ...] = ()
    """The bare words that it takes."""
    kinds: tuple[str, ...] = ()
    """The kinds of blocks that it takes names of."""
    only_words: bool = False
    """Whether a name can only be one of `words` here."""
    units: tuple[str, ...] = ()
    """What must stand behind a number; an empty text where nothing may."""

    def takes(self, path: tree.Path, scope: Scope) -> bool:
        """Whether a name means something here, so that no parameter is looked for."""
        return len(path.parts) == 1 and path.text in self.words

    def fits(self, node: Any) -> bool:
        return isinstance(node, self.nodes)

    def read(self, node: Any, scope: Scope, subject: str) -> Any:
        """The value of a node that `takes` or `fits`; reports and raises `Unreadable` where it is no such value."""
        raise NotImplementedError


def read(reader: Reader, node: Any, scope: Scope, subject: str) -> Any:
    """Reads a value, through a parameter where the name means nothing else here. Raises `Unreadable` after a report."""
    written, here = node, scope
    while isinstance(node, tree.Path) and not reader.takes(node, scope):
        parameter = scope.parameter(node)
        if parameter is None:
            break
        node, scope = parameter
    if node is not written and is_item(reader, node, scope):
        place = here.place(written.span)
        here.report(problems.not_a_list(subject, reader.phrase, written.text, place))
        raise Unreadable
    if lacks_unit(reader, node) or in_percents(reader, node) or not alone(reader, node, scope):
        from recipe_lang.schema.misfits import misfit

        raise misfit(reader, node, scope, subject)
    return reader.read(node, scope, subject)


def lacks_unit(reader: Reader, node: Any) -> bool:
    bare = isinstance(node, tree.Quantity) and node.unit is None
    return bare and bool(reader.units) and "" not in reader.units


def in_percents(reader: Reader, node: Any) -> bool:
    """Whether the sign is written as a word."""
    united = isinstance(node, tree.Quantity) and node.unit
    return bool(united) and node.unit.text in PERCENT and "%" in reader.units


def alone(reader: Reader, node: Any, scope: Scope) -> bool:
    """Whether a value can stand here by its form."""
    return reader.takes(node, scope) if isinstance(node, tree.Path) else reader.fits(node)


def alternatives(reader: Reader) -> Sequence[Reader]:
    return reader.readers if isinstance(reader, Alternatives) else [reader]


def lists(reader: Reader) -> list[Items]:
    """The lists that a reader takes, in which what stands alone may have been meant to stand."""
    return [each for each in alternatives(reader) if isinstance(each, Items)]


def is_item(reader: Reader, node: Any, scope: Scope) -> bool:
    """Whether a value is an item of a list that is wanted, and no such list."""
    return not reader.fits(node) and any(alone(items.item, node, scope) for items in lists(reader))


def in_words(reader: Reader) -> str:
    """The phrase of a reader that takes some words and nothing else."""
    return either(f"`{word}`" for word in reader.words) if reader.words else ""


class Nothing(Reader):
    phrase = "`none`"
    nodes = (tree.NoneValue,)
    only_words = True

    def read(self, node: tree.NoneValue, scope: Scope, subject: str) -> None:
        return None


class Bool(Reader):
    phrase = "`true` or `false`"
    nodes = (tree.BoolValue,)

    def read(self, node: tree.BoolValue, scope: Scope, subject: str) -> bool:
        return node.value


class Words(Reader):
    """One of a closed set of words."""

    only_words = True

    def __init__(self, *words: str) -> None:
        self.words = words
        self.phrase = either(f"`{word}`" for word in words)

    def read(self, node: tree.Path, scope: Scope, subject: str) -> Any:
        return node.text


class Word(Words):
    """One word, which stands for a Python value."""

    def __init__(self, word: str, value: Any = None) -> None:
        super().__init__(word)
        self.value = value

    def read(self, node: tree.Path, scope: Scope, subject: str) -> Any:
        return self.value


class Items(Reader):
    """A list; every broken item is reported."""

    nodes = (tree.ListValue,)

    def __init__(self, item: Reader, *, empty: bool = True, distinct: bool = False, length: int | None = None) -> None:
        self.item, self.empty, self.distinct, self.length = item, empty, distinct, length

    @property
    def phrase(self) -> str:
        size = f"a list of {self.length}" if self.length else "a list"
        return f"{size}, each item {self.item.phrase}"

    def read(self, node: tree.ListValue, scope: Scope, subject: str) -> list[Any]:
        values, broken = [], False
        seen: dict[str, Any] = {}
        if not node.items and not self.empty:
            scope.report(problems.empty_list(subject, scope.place(node.span)))
            raise Unreadable
        for item in node.items:
            try:
                value = read(self.item, item, scope, f"each item of {subject}")
            except Unreadable:
                broken = True
                continue
            if self.repeats(value, item, seen, scope, subject):
                broken = True
            values.append(value)
        if self.length not in (None, len(node.items)):
            scope.report(problems.wrong_length(subject, self.length, len(node.items), scope.place(node.span)))
            broken = True
        if broken:
            raise Unreadable(values)
        return values

    def repeats(self, value: Any, node: Any, seen: dict[str, Any], scope: Scope, subject: str) -> bool:
        """Whether an item stands among those `seen`, which it joins; reported where items must differ."""
        what = identity(value) if self.distinct else None
        if what is None or (earlier := seen.setdefault(what, node)) is node:
            return False
        first, place = scope.place(earlier.span), scope.place(node.span)
        scope.report(problems.repeated_item(place.source.slice(node.span), subject, first, place))
        return True


class Entries(Reader):
    """An inner block of free names with values of one type."""

    nodes = (tree.Block,)

    def __init__(self, key: Reader | None, value: Reader) -> None:
        self.key, self.value = key, value

    @property
    def phrase(self) -> str:
        return f"a block of `name = value`, each value {self.value.phrase}"

    def read(self, node: tree.Block, scope: Scope, subject: str) -> dict[str, Any]:
        from recipe_lang.schema.bodies import read_entries

        return read_entries(self.key, self.value, node, scope)


class InnerBlock(Reader):
    nodes = (tree.Block,)
    phrase = "a block"

    def __init__(self, model: type[Inner]) -> None:
        self.model = model

    def read(self, node: tree.Block, scope: Scope, subject: str) -> Inner:
        from recipe_lang.schema.bodies import read_body

        return read_body(self.model, node.body, scope, f"`{node.kind.text}`", node.kind.span)


class Calls(Reader):
    """One of a closed set of calls; without arguments the word alone."""

    nodes = (tree.Call,)
    only_words = True

    def __init__(self, classes: Sequence[type[Call]]) -> None:
        self.classes = {word: model for model in classes for word in model.calls}
        self.words = tuple(self.classes)
        self.phrase = either(f"`{word}`" for word in self.words)

    def fits(self, node: Any) -> bool:
        return isinstance(node, tree.Call) and node.path.text in self.classes

    def read(self, node: tree.Call | tree.Path, scope: Scope, subject: str) -> Call:
        from recipe_lang.schema.bodies import read_call

        path = node.path if isinstance(node, tree.Call) else node
        return read_call(self.classes[path.text], node, scope, self.classes)


class Alternatives(Reader):
    """The first of several readers that fits the shape of what is written."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self.readers = readers

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(word for reader in self.readers for word in reader.words)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        return tuple(kind for reader in self.readers for kind in reader.kinds)

    @cached_property
    def units(self) -> tuple[str, ...]:
        return tuple(unit for reader in self.readers for unit in reader.units)

    @cached_property
    def only_words(self) -> bool:
        return all(reader.only_words for reader in self.readers)

    @property
    def phrase(self) -> str:
        shown: list[str] = []
        for reader in sorted(self.readers, key=lambda reader: isinstance(reader, Nothing)):
            shown += [f"`{word}`" for word in reader.words] if reader.phrase == in_words(reader) else [reader.phrase]
        return either(shown)

    def takes(self, path: tree.Path, scope: Scope) -> bool:
        return any(reader.takes(path, scope) for reader in self.readers)

    def fits(self, node: Any) -> bool:
        return any(reader.fits(node) for reader in self.readers)

    def read(self, node: Any, scope: Scope, subject: str) -> Any:
        taken = isinstance(node, tree.Path)
        reader = next(r for r in self.readers if (r.takes(node, scope) if taken else r.fits(node)))
        return reader.read(node, scope, subject)


def either(phrases: Iterable[str]) -> str:
    """`a`, `b` or `c`."""
    *most, last = phrases
    return f"{', '.join(most)} or {last}" if most else last


@cache
def simple(kind: type) -> Reader:
    from recipe_lang.schema import types

    return {str: types.Text(), bool: Bool(), int: types.Whole(), float: types.Number(), NoneType: Nothing()}[kind]


def reader_of(annotation: Any, metadata: Sequence[Any] = ()) -> Reader:
    """The reader for a field's annotation; a reader among the metadata comes first."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    for mark in reversed(metadata):
        if isinstance(mark, Reader):
            needs_none = NoneType in arguments and tree.NoneValue not in mark.nodes
            return Alternatives([mark, Nothing()]) if needs_none else mark
    if origin is Annotated:
        return reader_of(arguments[0], arguments[1:])
    if origin is Literal:
        return Words(*arguments)
    if origin is list:
        return Items(reader_of(arguments[0]))
    if origin is dict:
        return Entries(None if arguments[0] is str else reader_of(arguments[0]), reader_of(arguments[1]))
    if origin in (Union, UnionType):
        return _union(arguments)
    if issubclass(annotation, Call):
        return Calls([annotation])
    return InnerBlock(annotation) if issubclass(annotation, Inner) else simple(annotation)


def _union(arguments: Sequence[Any]) -> Reader:
    calls = [a for a in arguments if isinstance(a, type) and issubclass(a, Call)]
    readers = [reader_of(a) for a in arguments if a not in calls]
    if calls:
        readers.insert(0, Calls(calls))
    return readers[0] if len(readers) == 1 else Alternatives(readers)
