"""Reading what has several parts: the settings of a block, the entries of a free block, the arguments of a call."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.program import elsewhere
from recipe_lang.program.block import Bare, Call, Inner, Settings, Side
from recipe_lang.program.kinds import homes
from recipe_lang.reading.lists import Items, read
from recipe_lang.reading.misfits import bare_texts
from recipe_lang.reading.readers import Reader, alone, either
from recipe_lang.reading.scope import Given, Unreadable
from recipe_lang.syntax import tree

if TYPE_CHECKING:
    from recipe_lang.diagnostics.model import Diagnostic, Place
    from recipe_lang.reading.scope import Scope
    from recipe_lang.source import Span


_SLIP = 2
"""A name that is longer or shorter by more is another program's, not one that is mistyped."""


@dataclass(eq=False)
class Field:
    """A setting or argument: `name` as it is written, `attribute` as Python has it."""

    name: str
    attribute: str
    reader: Reader
    required: bool
    root: tuple[str, Reader] | None = None
    """The argument from whose folder paths start, and what reads them then."""


@dataclass(eq=False)
class Shape:
    """A model as an author writes it."""

    model: type[Settings]
    known: Mapping[str, Field]
    """The settings by the names that an author writes; `rest` is not one."""
    rest: Reader | None
    """The reader of the field `rest`: entries take any other name, items what stands by position."""


Shapes = Callable[[type[Settings]], Shape]
"""Looks up the shape of a model, which for one that holds others takes time to make."""


class Reading:
    """Collects the values of one model, whose instance will lack what was misread."""

    def __init__(self, shape: Shape) -> None:
        self.model, self.known, self.rest = shape.model, shape.known, shape.rest
        self.values: dict[str, Any] = {}
        self.others: list[tuple[str, Any]] = []
        self.failed: set[str | None] = set()
        self.partial: dict[str, Any] = {}
        self.meant: set[str | None] = set()
        """Fields that an unknown name is likely to stand for: they are not missing."""

    def take(self, name: str, node: Any, scope: Scope, subject: str, beside: Container[str] = ()) -> None:
        """`beside`: the names of the other arguments of a call."""
        field = self.known[name]
        reader = field.root[1] if field.root and field.root[0] in beside else field.reader
        try:
            self.values[name] = read(reader, node, scope, subject)
        except Unreadable as unreadable:
            self.values[name] = None
            self.failed.add(field.attribute)
            self.partial[field.attribute] = unreadable.partial

    def take_other(self, name: str, reader: Reader, node: Any, scope: Scope, subject: str) -> None:
        try:
            self.others.append((name, read(reader, node, scope, subject)))
        except Unreadable:
            self.failed.add(self.model.rest or "")

    def misspells(self, name: str, item: tree.Setting | tree.Block, scope: Scope) -> bool:
        """Whether a free name is meant for a setting: its value fits no entry, and its name nearly a setting."""
        node = value(item)
        if not isinstance(self.rest, Entries) or isinstance(node, tree.Broken) or alone(self.rest.value, node, scope):
            return False
        return closest(name, self.known) is not None

    def is_entry(self, name: str, item: tree.Setting | tree.Block, scope: Scope, place: str) -> bool:
        """Whether an unknown name is a free one."""
        free = isinstance(self.rest, Entries) and "." not in name and not elsewhere.known(place, name)
        return free and not self.misspells(name, item, scope)

    def missing(self) -> Iterator[Field]:
        for field in self.known.values():
            if field.required and field.name not in self.values:
                self.failed.add(field.attribute)
                if field.name not in self.meant:
                    yield field

    def lacks_others(self) -> bool:
        """Whether none of the values is given of which there must be some; one that was misread is told already."""
        lacks = self.rest is not None and self.rest.least and not self.others and self.model.rest not in self.failed
        if lacks:
            self.failed.add(self.model.rest)
        return bool(lacks)

    def instance(self, side: Callable[..., Side] = Side, **filled: Any) -> Any:
        """`side` makes the side table; `filled`: what no author writes, None where that hangs on a mistake."""
        written = frozenset(self.values)
        if self.model.rest is not None:
            by_name = isinstance(self.rest, Entries)
            self.values[self.model.rest] = dict(self.others) if by_name else [value for _, value in self.others]
        instance = self.model.model_construct(**self.values, **filled)
        for attribute in self.failed | {name for name, value in filled.items() if value is None}:
            instance.__dict__.pop(attribute, None)
        instance.know(side(written, self.partial))
        return instance


def key(item: tree.Setting | tree.Block) -> tree.Path | tree.Name:
    """The name that is set; a name of one part as such."""
    if isinstance(item, tree.Block):
        return item.kind
    return item.path if len(item.path.parts) > 1 else item.path.parts[0]


def value(item: tree.Setting | tree.Block) -> tree.Value | tree.Block:
    return item.value if isinstance(item, tree.Setting) else item


def items(
    body: tree.Body, scope: Scope, repeated: set[str] | None = None
) -> Iterator[tuple[tree.Setting | tree.Block, Scope]]:
    """A body's settings and inner blocks, each with the scope that it is written in.

    Repeated ones are reported, and collected in `repeated`: which of them holds is not known.
    """
    seen: dict[str, Place] = {}
    for item in body.items:
        item, at = (item.item, item.scope) if isinstance(item, Given) else (item, scope)
        if isinstance(item, tree.Import):
            continue
        name = key(item)
        if name.text in seen:
            at.report(problems.repeated_setting(name.text, seen[name.text], at.place(name.span)))
            if repeated is not None:
                repeated.add(name.text)
            continue
        seen[name.text] = at.place(name.span)
        if isinstance(item, tree.Block) and not item.broken and (after := item.name or item.target):
            at.report(problems.named_setting(item.kind.text, at.place(after.span)))
        yield item, at


def read_body(
    shape: Shape,
    body: tree.Body,
    scope: Scope,
    subject: str,
    head: Span,
    side: Callable[..., Side] = Side,
    **filled: Any,
) -> Any:
    """An instance without what was misread. `head` is where a missing setting is reported, `side` makes the table of
    what is known beside the values, `filled` is what no author writes: a block's name and target.
    """
    reading, model = Reading(shape), shape.model
    here = subject.split()[0].strip("`")
    repeated: set[str] = set()
    for item, at in items(body, scope, repeated):
        name = key(item)
        if name.text in reading.known:
            reading.take(name.text, value(item), at, f"`{name.text}`")
        elif reading.is_entry(name.text, item, at, here):
            reading.take_other(name.text, reading.rest.value, value(item), at, f"`{name.text}`")
        else:
            at.report(_unknown_setting(name.text, reading, here, subject, at.place(name.span)))
    reading.failed.update(reading.known[name].attribute if name in reading.known else model.rest for name in repeated)
    missing = list(reading.missing())
    for field in missing if body.complete else ():
        outside = _outside(field.name, here, scope)
        scope.report(problems.missing_setting(field.name, field.reader.phrase, subject, scope.place(head), outside))
    return reading.instance(side, **filled)


def _outside(setting: str, here: str, scope: Scope) -> tuple[str, Place] | None:
    """A parameter that has a setting's name, or one that others have for it."""
    for name, place in scope.parameters():
        cure = elsewhere.cure(here, name)
        if name == setting or (cure and cure.meant == setting):
            return name, place
    return None


def _unknown_setting(name: str, reading: Reading, here: str, subject: str, place: Place) -> Diagnostic:
    """What the block's own words say of it, then what is near, then what other blocks have."""
    cure, guess = elsewhere.cure(here, name), closest(name, reading.known)
    if cure and guess == cure.meant and abs(len(guess) - len(name)) <= _SLIP:
        cure = None
    elif cure:
        guess = None
    others = [] if cure or guess or "." in name else homes(name)
    if cure is None and guess is None and not others:
        cure = elsewhere.cure_in_another(name)
    meant = guess or (cure and cure.meant)
    if meant:  # whatever was meant, it is not the default
        reading.meant.add(meant)
        reading.failed.add(reading.known[meant].attribute if meant in reading.known else reading.model.rest)
    if cure is not None:
        return problems.foreign_setting(name, cure.meant, cure.help, subject, place)
    return problems.unknown_setting(name, guess, list(reading.known), subject, place, others)


def read_entries(keys: Reader | None, values: Reader, node: tree.Block, scope: Scope) -> dict[str, Any]:
    """An inner block of free names, which `keys` reads where they are references. Half a block is none."""
    entries: dict[str, Any] = {}
    places: dict[str, Place] = {}
    whole = node.body.complete
    repeated: set[str] = set()
    for item, at in items(node.body, scope, repeated):
        name = key(item)
        path = name if isinstance(name, tree.Path) else tree.Path((name,), name.span)
        try:
            entry = read_key(keys, path, at, node.kind.text)
            if entry in entries:
                at.report(problems.repeated_setting(path.text, places[entry], at.place(path.span)))
            entries[entry], places[entry] = None, at.place(path.span)
        except Unreadable:
            entry, whole = None, False
        try:
            read_value = read(values, value(item), at, f"`{path.text}`")
        except Unreadable:
            whole = False
            continue
        if entry is not None:
            entries[entry] = read_value
    if repeated or not whole:
        raise Unreadable
    return entries


def read_key(keys: Reader | None, path: tree.Path, scope: Scope, block: str) -> str:
    if keys is not None:
        return read(keys, path, scope, f"each name in `{block}`")
    if len(path.parts) > 1:
        scope.report(problems.dotted_name(path.text, block, scope.place(path.span)))
        raise Unreadable
    return path.text


def read_call(node: tree.Call | tree.Path, calls: Calls, scope: Scope) -> Any:
    """A call without what was misread, of those that may stand here; a bare word is one without arguments."""
    path = node.path if isinstance(node, tree.Call) else node
    reading = Reading(calls.shapes(calls.models[path.text]))
    positions, surplus = iter(reading.model.positional), False
    seen: dict[str, Place] = {}
    values: dict[str, Any] = {}
    given = list(arguments(node, scope))
    beside = {one.name.text for one, _ in given if one.name and not isinstance(one.value, tree.NoneValue)}
    for argument, at in _not_told_whole(path.text, given, reading, scope):
        place = at.place((argument.name or argument).span)
        name = argument.name.text if argument.name else next(positions, None)
        if name is None and isinstance(reading.rest, Items):
            for item, there in _spread(reading.rest.item, argument.value, at):
                before = len(reading.others)
                reading.take_other("", reading.rest.item, item, there, f"each argument of `{path.text}`")
                for _, taken in reading.others[before:]:
                    if reading.rest.repeats(taken, item, values, there, f"`{path.text}`"):
                        reading.failed.add(reading.model.rest)
        elif name is None:
            if not surplus:
                at.report(problems.too_many_arguments(path.text, list(reading.known), place))
            surplus = True
        elif name in seen:
            at.report(problems.repeated_argument(name, path.text, seen[name], place))
        elif name in reading.known:
            reading.take(name, argument.value, at, f"`{name}` of `{path.text}`", beside)
        elif isinstance(reading.rest, Entries):
            reading.take_other(name, reading.rest.value, argument.value, at, f"`{name}` of `{path.text}`")
        else:
            cure, guess = elsewhere.cure(path.text, name), closest(name, reading.known)
            reading.meant.add(guess)
            if cure is not None:
                scope.report(problems.foreign_argument(name, cure.help, path.text, place))
                continue
            homes = [word for word, model in calls.models.items() if name in calls.shapes(model).known]
            at.report(problems.unknown_argument(name, guess, list(reading.known), path.text, place, homes))
        if name is not None:
            seen.setdefault(name, place)
    for field in reading.missing():
        scope.report(problems.missing_argument(field.name, field.reader.phrase, path.text, scope.place(path.span)))
    if reading.lacks_others():
        place = scope.place(path.span)
        if isinstance(reading.rest, Entries):
            scope.report(problems.missing_values(path.text, "name = …", reading.rest.value.phrase, place))
        else:
            scope.report(problems.missing_values(path.text, "…, …", reading.rest.item.phrase, place))
    filled = {"spelling": spelling(node, scope)} if "spelling" in reading.model.model_fields else {}
    # Where a folder could not be read, nobody knows where paths start.
    reading.failed.update(f.attribute for f in reading.known.values() if f.root and f.root[0] in reading.failed)
    call = reading.instance(kind=path.text, **filled)
    return call if reading.failed else call.settled()


def arguments(node: tree.Call | tree.Path, scope: Scope) -> Iterator[tuple[tree.Argument, Scope]]:
    """Each with the scope that it is written in: a change may have put it there."""
    for argument in node.arguments if isinstance(node, tree.Call) else ():
        yield (argument.item, argument.scope) if isinstance(argument, Given) else (argument, scope)


def _spread(item: Reader, node: tree.Value, scope: Scope) -> Iterator[tuple[tree.Value, Scope]]:
    """The values that an argument stands for: those of a list where it is a parameter that holds one."""
    value, at = node, scope
    try:
        while isinstance(value, tree.Path) and not item.takes(value, at) and (parameter := at.parameter(value)):
            value, at = parameter
    except Unreadable:
        value = node  # read below, where nothing is said of it again
    if value is not node and isinstance(value, tree.ListValue):
        yield from ((each, at) for each in value.items)
    else:
        yield node, scope


def _not_told_whole(
    call: str, given: Sequence[tuple[tree.Argument, Scope]], reading: Reading, scope: Scope
) -> Sequence[tuple[tree.Argument, Scope]]:
    """The arguments to read one by one: without those by position whose one mistake is told of all of them together."""
    by_position = [argument.value for argument, at in given if argument.name is None and at is scope]
    named = [(argument, at) for argument, at in given if argument.name is not None]
    if len(named) + len(by_position) < len(given):
        return given
    if isinstance(reading.rest, Items) and bare_texts(reading.rest.item, by_position, scope, f"`{call}`"):
        reading.failed.add(reading.model.rest)
        return named
    first = reading.known.get(next(iter(reading.model.positional), ""))
    numbers = [value for value in by_position if isinstance(value, tree.Quantity) and value.unit is None]
    ranged = first is not None and any(tree.RangeValue in each.nodes for each in first.reader.alternatives)
    if ranged and len(numbers) == len(by_position) == 2:
        place = scope.place(numbers[0].span | numbers[1].span)
        scope.report(problems.two_ends(call, numbers[0].text, numbers[1].text, place))
        reading.failed.add(first.attribute)
        return named
    return given


def spelling(node: tree.Call | tree.Path, scope: Scope, word: str = "") -> str:
    """`bleu(tokenize = "zh")`, whatever the spaces in the recipe. `word`: of a longer path, the name of the call."""
    if not isinstance(node, tree.Call):
        return word or node.text
    given = arguments(node, scope)
    texts = [(a.name.text + " = " if a.name else "") + as_written(a.value, at) for a, at in given]
    return f"{word or node.path.text}({', '.join(texts)})" if texts else word or node.path.text


def as_written(node: tree.Value, scope: Scope) -> str:
    """The text of a node on one line."""
    place = scope.place(node.span)
    return " ".join(place.source.slice(place.span).split())


# --- their readers -----------------------------------------------------------------------------------------------


class Entries(Reader):
    """An inner block of free names with values of one type."""

    nodes = (tree.Block,)

    def __init__(self, key: Reader | None, value: Reader, least: int = 0) -> None:
        self.key, self.value, self.least = key, value, least

    @property
    def phrase(self) -> str:
        return f"a block of `name = value`, each value {self.value.phrase}"

    def read(self, node: tree.Block, scope: Scope, subject: str) -> dict[str, Any]:
        return read_entries(self.key, self.value, node, scope)


class InnerBlock(Reader):
    nodes = (tree.Block,)
    phrase = "a block"

    def __init__(self, model: type[Inner], shapes: Shapes) -> None:
        self.model, self.shapes = model, shapes

    @cached_property
    def inner(self) -> Mapping[str, Reader]:
        return {name: field.reader for name, field in self.shapes(self.model).known.items()}

    def read(self, node: tree.Block, scope: Scope, subject: str) -> Inner:
        return read_body(self.shapes(self.model), node.body, scope, f"`{node.kind.text}`", node.kind.span)


class Calls(Reader):
    """One of a closed set of calls; without arguments the word alone."""

    nodes = (tree.Call,)
    only_words = True

    def __init__(self, models: Sequence[type[Call]], shapes: Shapes, phrase: str | None = None) -> None:
        self.models = {word: model for model in models for word in model.calls()}
        self.words, self.shapes = tuple(self.models), shapes
        self.phrase = phrase or either(f"`{word}`" for word in self.words)

    def fits(self, node: Any) -> bool:
        return isinstance(node, tree.Call) and node.path.text in self.models

    def read(self, node: tree.Call | tree.Path, scope: Scope, subject: str) -> Call:
        return read_call(node, self, scope)


class Alone(Reader):
    """A value without a word, read into the one field of its model."""

    def __init__(self, model: type[Bare], field: str, reader: Reader) -> None:
        self.model, self.field, self.reader = model, field, reader
        self.phrase, self.nodes, self.words, self.kinds = reader.phrase, reader.nodes, reader.words, reader.kinds
        self.only_words, self.units = reader.only_words, reader.units

    def takes(self, path: tree.Path, scope: Scope) -> bool:
        return self.reader.takes(path, scope)

    def fits(self, node: Any) -> bool:
        return self.reader.fits(node)

    def read(self, node: Any, scope: Scope, subject: str) -> Bare:
        return self.model.model_construct(**{self.field: self.reader.read(node, scope, subject)})
