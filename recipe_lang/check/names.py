"""What the names of a file stand for, and the scope in which values are read.

A file's blocks, parameters and imports share one set of names. Imported blocks are read only when a name leads to
them; which those are is collected here (`Program.wanted`).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath
from typing import Literal

from recipe_lang.check.load import Unit
from recipe_lang.check.reports import Reports
from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import names as problems
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.program.kinds import KINDS
from recipe_lang.reading.scope import Given, Named, Unreadable
from recipe_lang.source import Source, Span
from recipe_lang.syntax import tree

OWN = ("recipe", "library", "train", "evaluate", "variant", "sweep")
"""Kinds that an import does not bring."""

EXPANSION_LIMIT = 10_000
"""Parameters within parameters unfold like a tree, and a tree of 40 levels has no end."""


@dataclass(eq=False)
class Entry:
    """What a name stands for."""

    role: Literal["block", "parameter", "import"]
    node: tree.Block | tree.Setting | tree.Import
    name: tree.Name
    scope: Scope
    """Where a parameter's value is written; of the rest, the file."""
    failed: bool = False
    """What hangs on it is not reported again."""


@dataclass(eq=False)
class Program:
    """What the files of one reading share."""

    home: FilePath
    report: Reports
    used: set[tuple[str, str]] = field(default_factory=set)
    """(file, name) of everything that a name led to; shared by all readings of a recipe."""
    wanted: deque[tuple[Table, Entry]] = field(default_factory=deque)
    """Imported blocks that were named, in that order."""
    seen: set[int] = field(default_factory=set)
    expansions: int = 0
    """How many parameters have been replaced by their values."""


class Table:
    """The names of one file."""

    def __init__(self, unit: Unit, program: Program) -> None:
        self.unit, self.program = unit, program
        self.entries: dict[str, Entry] = {}
        self.renamed: set[str] = set()
        """Kinds of blocks that have no name or another one's: their own is not known."""
        self.imports: dict[str, Table | None] = {}
        self.scope = Scope(unit.source, self, unit.folder)

    def declare(self, body: tree.Body) -> None:
        """Enters the names of the file's body, as overrides left it; of two equal names the first stays."""
        self.body = body
        for item in body.items:
            item, scope = (item.item, item.scope) if isinstance(item, Given) else (item, self.scope)
            match item:
                case tree.Import():
                    failed = self.unit.imports.get(item.alias.text) is None
                    self._enter(Entry("import", item, item.alias, self.scope, failed))
                case tree.Setting() if len(item.path.parts) == 1:
                    self._enter(Entry("parameter", item, item.path.parts[0], scope))
                case tree.Setting():
                    self.scope.report(problems.dotted_parameter(item.path.text, self.scope.place(item.path.span)))
                case tree.Block(name=tree.Name() as name):
                    self._enter(Entry("block", item, name, self.scope, item.kind.text not in KINDS))
                case tree.Block():
                    self.renamed.add(item.kind.text)
        self._cut_circles()

    def _enter(self, entry: Entry) -> None:
        first = self.entries.setdefault(entry.name.text, entry)
        if first is not entry:
            label = self.scope.place(first.name.span)
            self.scope.report(problems.repeated_name(entry.name.text, label, self.scope.place(entry.name.span)))
            if isinstance(entry.node, tree.Block):
                self.renamed.add(entry.node.kind.text)

    def _cut_circles(self) -> None:
        """A parameter that is made of itself has no value: it is reported once, at the name that closes the circle."""
        done: set[str] = set()
        for name, entry in self.entries.items():
            if entry.role == "parameter" and name not in done:
                self._follow(name, done)

    def _follow(self, start: str, done: set[str]) -> None:
        stack: list[tuple[str, Iterator[tree.Path]]] = [(start, self._mentions(start))]
        open_names = {start}
        while stack:
            name, mentions = stack[-1]
            path = next(mentions, None)
            if path is None:
                stack.pop()
                open_names.discard(name)
                done.add(name)
                continue
            other = path.parts[0].text
            entry = self.entries.get(other)
            if other in open_names:
                holder = self.entries[name]
                self.scope.report(problems.circular_parameter(other, holder.scope.place(path.span)))
                for each in [n for n, _ in stack]:
                    self.entries[each].failed = True
            elif entry is not None and entry.role == "parameter" and other not in done and len(path.parts) == 1:
                open_names.add(other)
                stack.append((other, self._mentions(other)))

    def _mentions(self, name: str) -> Iterator[tree.Path]:
        node = self.entries[name].node
        return iter(list(paths(node.value)) if isinstance(node, tree.Setting) else [])

    def look_up(self, parts: tuple[tree.Name, ...]) -> tuple[Table, Entry] | None:
        """What one name, or an import and one name, stand for."""
        entry = self.entries.get(parts[0].text)
        if entry is None or len(parts) == 1:
            return entry and (self, entry)
        if entry.role != "import":
            return None
        self.mark(entry)
        target = self.imports.get(parts[0].text)
        if entry.failed or target is None:
            raise Unreadable
        if len(parts) > 2:
            return None
        entry = target.entries.get(parts[1].text)
        return None if entry is None or entry.role == "import" else (target, entry)

    def mark(self, entry: Entry) -> None:
        self.program.used.add((self.unit.source.name, entry.name.text))

    @cached_property
    def columns_and_splits(self) -> frozenset[str]:
        """Names of columns and splits that the datasets of this file declare."""
        words: set[str] = set()
        for dataset in self.body.blocks:
            if dataset.kind.text == "dataset":
                for inner in dataset.body.blocks:
                    if inner.kind.text in ("columns", "split", "source"):
                        words.update(setting.path.text for setting in inner.body.settings)
        return frozenset(words)

    @cached_property
    def lost(self) -> str:
        """The text at the top of the file that the parser could not make an item of."""
        if self.unit.tree.body.complete:
            return ""
        text, parts, end = self.unit.source.text, [], 0
        for item in self.unit.tree.body.items:
            parts.append(text[end : item.span.start])
            end = max(end, item.span.end)
        return "\n".join([*parts, text[end:]])

    @property
    def lost_import(self) -> bool:
        """Whether an import was lost with its name."""
        return re.search(r"^[ \t]*import\b", self.lost, re.MULTILINE) is not None

    @cached_property
    def misspelt(self) -> list[str]:
        """Names that are none as they are written: what may stand for them is not reported again."""
        source = self.unit.source
        return [
            name
            for name, entry in self.entries.items()
            if entry.scope is self.scope and (not name.isascii() or source.slice(entry.name.span) != name)
        ]


class Scope:
    """Reads and reports in one text (a file, or a value on the command line), with the names of one file."""

    def __init__(self, source: Source, table: Table, folder: FilePath) -> None:
        self.source, self.table, self.folder = source, table, folder

    @property
    def home(self) -> FilePath:
        return self.table.program.home

    def place(self, span: Span) -> Place:
        return Place(self.source, span)

    def report(self, diagnostic: Diagnostic) -> None:
        self.table.program.report.unread(diagnostic)

    def expected(self, span: Span, what: str) -> None:
        self.table.program.report.expected(self.source, span, what)

    def block(self, path: tree.Path) -> Named | None:
        table, entry = self.table.look_up(path.parts) or (self.table, None)
        if entry is None or entry.role == "parameter":
            return None
        table.mark(entry)
        if entry.failed:
            raise Unreadable
        if isinstance(entry.node, tree.Import):
            return Named("import", path.text, entry.node)
        assert isinstance(entry.node, tree.Block)
        if table is not self.table and entry.node.kind.text in OWN:
            kind, alias = entry.node.kind.text, path.parts[0].text
            self.report(problems.not_imported(path.text, kind, alias, self.place(path.span)))
            raise Unreadable
        program = table.program
        if table.unit.prefix and id(entry) not in program.seen:
            program.seen.add(id(entry))
            program.wanted.append((table, entry))
        return Named(entry.node.kind.text, table.unit.prefix + entry.name.text, entry.node)

    def task(self, path: tree.Path) -> tuple[Named, tuple[str, ...]] | None:
        for end in range(len(path.parts), 0, -1):
            parts = path.parts[:end]
            named = self.block(tree.Path(parts, parts[0].span | parts[-1].span))
            if named is not None and named.kind != "import":
                return named, tuple(part.text for part in path.parts[end:])
        return None

    def parameter(self, path: tree.Path) -> tuple[tree.Value, Scope] | None:
        table, entry = self.table.look_up(path.parts) or (self.table, None)
        if entry is None or not isinstance(entry.node, tree.Setting):
            return None
        table.mark(entry)
        table.program.expansions += 1
        if table.program.expansions > EXPANSION_LIMIT:
            if table.program.expansions == EXPANSION_LIMIT + 1:
                place = table.scope.place(entry.name.span)
                self.report(problems.endless_parameter(entry.name.text, EXPANSION_LIMIT, place))
            raise Unreadable
        if entry.failed:
            raise Unreadable
        return entry.node.value, entry.scope

    def parameters(self) -> Iterator[tuple[str, Place]]:
        """Those of this file, and where each is written."""
        for name, entry in self.table.entries.items():
            if entry.role == "parameter":
                yield name, entry.scope.place(entry.name.span)

    def names(self, kinds: Iterable[str]) -> list[str]:
        wanted = set(kinds)
        names = self._names(self.table, wanted)
        for alias, table in self.table.imports.items():
            if table is not None:
                names += [f"{alias}.{name}" for name in self._names(table, wanted - set(OWN))]
        return names

    @staticmethod
    def _names(table: Table, kinds: set[str]) -> list[str]:
        return [
            name
            for name, entry in table.entries.items()
            if entry.role == "parameter" or (isinstance(entry.node, tree.Block) and entry.node.kind.text in kinds)
        ]

    def may_be_lost(self, path: tree.Path, kinds: Sequence[str] = ()) -> bool:
        table: Table | None = self.table
        name = path.parts[0].text
        if not self.table.renamed.isdisjoint(kinds) and closest(name, self.names(kinds)) is None:
            return True
        if len(path.parts) > 1 and name in self.table.imports:
            table, name = self.table.imports[name], path.parts[1].text
        elif len(path.parts) > 1 and self.table.lost_import:
            return name not in self.table.entries
        if table is None or closest(name, table.misspelt):
            return True
        return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", table.lost) is not None

    def declares(self, word: str) -> bool:
        tables = (self.table, *self.table.imports.values())
        return any(table is not None and word in table.columns_and_splits for table in tables)


def paths(value: tree.Value) -> Iterator[tree.Path]:
    """Every name inside a value."""
    stack: list[tree.Value] = [value]
    while stack:
        match stack.pop():
            case tree.Path() as path:
                yield path
            case tree.ListValue(items=items):
                stack.extend(items)
            case tree.Call(arguments=arguments):
                stack.extend(each.value for each in arguments if isinstance(each, tree.Argument))
            case tree.Comparison(left=left):
                stack.append(left)


def size(body: tree.Body) -> int:
    """The number of settings and blocks in a body, inner ones included."""
    return sum(1 + (size(item.body) if isinstance(item, tree.Block) else 0) for item in body.items)


def tables(units: list[Unit], program: Program) -> dict[int, Table]:
    """An empty table for every file, by the identity of its unit; `declare` fills it."""
    made = {id(unit): Table(unit, program) for unit in units}
    for table in made.values():
        table.imports = {alias: made[id(unit)] if unit else None for alias, unit in table.unit.imports.items()}
    return made
