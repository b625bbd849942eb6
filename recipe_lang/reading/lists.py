"""Reading a value wherever it may stand: through parameters, in lists, as one of several alternatives."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.program.block import Settings, Unresolved
from recipe_lang.reading.misfits import bare_texts, misfit
from recipe_lang.reading.readers import (
    Nothing,
    Reader,
    alone,
    either,
    in_percents,
    in_words,
    is_item,
    lacks_unit,
)
from recipe_lang.reading.scope import Scope, Unreadable
from recipe_lang.syntax import tree


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
        raise misfit(reader, node, scope, subject)
    return reader.read(node, scope, subject)


class Items(Reader):
    """A list; every broken item is reported."""

    nodes = (tree.ListValue,)

    def __init__(self, item: Reader, *, least: int = 0, most: int | None = None, distinct: bool = False) -> None:
        self.item, self.least, self.most, self.distinct = item, least, most, distinct

    @property
    def rooted(self) -> Items:
        return Items(self.item.rooted, least=self.least, most=self.most, distinct=self.distinct)

    @property
    def phrase(self) -> str:
        size = f"a list of {self.most}" if self.most else "a list"
        return f"{size}, each item {self.item.phrase}"

    def read(self, node: tree.ListValue, scope: Scope, subject: str) -> list[Any]:
        values, broken = [], False
        seen: dict[str, Any] = {}
        if not node.items and self.least and not self.most:
            scope.report(problems.empty_list(subject, scope.place(node.span)))
            raise Unreadable
        if bare_texts(self.item, node.items, scope, subject):
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
        if self.most not in (None, len(node.items)):
            scope.report(problems.wrong_length(subject, self.most, len(node.items), scope.place(node.span)))
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


def identity(value: Any) -> str | None:
    """What two equal values have in common; None where a part was misread, so that nobody can tell."""
    try:
        return repr(_plain(value))
    except Unresolved:
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, Settings):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    return value


class OneOrMany(Reader):
    """A value, or a list of them; always read as a list."""

    def __init__(self, items: Items) -> None:
        self.item, self.items = items.item, items
        self.words, self.kinds, self.units = items.item.words, items.item.kinds, items.item.units
        self.phrase = f"{items.item.phrase}, or a list of them"

    @property
    def rooted(self) -> OneOrMany:
        return OneOrMany(self.items.rooted)

    def takes(self, path: tree.Path, scope: Scope) -> bool:
        return self.item.takes(path, scope)

    def fits(self, node: Any) -> bool:
        return self.item.fits(node) or self.items.fits(node)

    def read(self, node: Any, scope: Scope, subject: str) -> list[Any]:
        if isinstance(node, tree.ListValue):
            return self.items.read(node, scope, subject)
        return [self.item.read(node, scope, subject)]


class Alternatives(Reader):
    """The first of several readers that fits the shape of what is written."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self.readers = readers

    @property
    def alternatives(self) -> Sequence[Reader]:
        return self.readers

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
        reader = next(reader for reader in self.readers if alone(reader, node, scope))
        return reader.read(node, scope, subject)
