"""Changes to a recipe's settings by path: from `--set`, a `variant` or a `sweep`.

A change puts its value into the tree before anything is read, so that it is checked exactly like what it replaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

from recipe_lang.check.heirs import inherit
from recipe_lang.check.names import OWN, Scope, Table
from recipe_lang.diagnostics.problems import names as problems
from recipe_lang.diagnostics.problems import settings as settings_problems
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.program.block import Inner, Settings
from recipe_lang.program.kinds import KINDS, homes, model_of
from recipe_lang.reading.annotations import shape_of
from recipe_lang.reading.bodies import Calls, Entries, InnerBlock, key
from recipe_lang.reading.readers import Reader
from recipe_lang.reading.scope import Given
from recipe_lang.source import Source, Span
from recipe_lang.syntax import parse_value, tree

_ANOTHER = re.compile(r"[\s,][A-Za-z_][\w.]*\s*=(?!=)")
"""A second setting behind the value of the first."""

SINGLE = ("recipe", "train", "evaluate")
"""Kinds whose block is named by its kind (an `evaluate` where it has no name)."""

_DEEPEST = 8
"""Names of a path, twice as many as any setting has."""


@dataclass(eq=False)
class Change:
    """`path = value`, in the scope that it is written in."""

    path: tree.Path
    value: tree.Value
    scope: Scope


def set_source(settings: Sequence[str]) -> Source:
    """The texts of all `--set`, each on a line of its own."""
    return Source("--set", "\n".join(settings))


def command_line(settings: Sequence[str], source: Source, table: Table, cwd: FilePath) -> list[Change]:
    """The changes of `--set path=value`; paths of files inside them start from the working directory."""
    changes, end = [], -1
    first: dict[str, Span] = {}
    scope = Scope(source, table, cwd)
    for text in settings:
        begin, end = end + 1, end + 1 + len(text)
        path_text, equals, value_text = text.partition("=")
        path = _path(path_text, begin)
        if path is None or not equals:
            scope.report(problems.malformed_override(text, scope.place(Span(begin, begin + len(path_text)))))
            continue
        earlier = first.setdefault(path.text, path.span)
        if earlier is not path.span:
            scope.report(settings_problems.repeated_setting(path.text, scope.place(earlier), scope.place(path.span)))
            continue
        # Blanks in place of what stands before it keep the value's offsets.
        value, mistakes = parse_value(Source("--set", " " * (begin + len(path_text) + 1) + value_text))
        for mistake in mistakes:
            place = mistake.place and scope.place(mistake.place.span)
            help = "each setting has a `--set` of its own" if _ANOTHER.search(value_text) else mistake.help
            table.program.report.unparsed(replace(mistake, place=place, help=help, related=(), fix=None))
        if value is not None:
            changes.append(Change(path, value, scope))
    return changes


def _path(text: str, begin: int) -> tree.Path | None:
    """`a.b.c`, spaces around it allowed."""
    at = begin + len(text) - len(text.lstrip())
    words = text.strip().split(".")
    names = []
    for word in words:
        if not word.isidentifier() or not word.isascii():
            return None
        names.append(tree.Name(word, Span(at, at + len(word))))
        at += len(word) + 1
    return tree.Path(tuple(names), names[0].span | names[-1].span)


def apply(changes: Sequence[Change], main: Table, tables: Iterable[Table], bodies: dict[int, tree.Body]) -> None:
    """Puts changes into the bodies of the files that they lead to, later ones over earlier ones. What changes a block
    changes those that are like it, unless they set it."""
    of_heirs = _apply(changes, main, bodies, heirs=False)
    inherit(tables, bodies)
    _apply(of_heirs, main, bodies, heirs=True)


def _apply(changes: Sequence[Change], main: Table, bodies: dict[int, tree.Body], *, heirs: bool) -> list[Change]:
    """Makes the changes of heirs or of all other blocks; returns those that are left."""
    left: list[Change] = []
    for change in changes:
        parts = change.path.parts
        head = parts[0].text
        table, rest = main, parts
        imported = main.imports.get(head)
        if imported is not None and len(parts) > 1:
            table, rest = imported, parts[1:]
        elif head in main.unit.imports and len(parts) > 1:
            continue
        body = bodies.get(id(table.unit), table.unit.tree.body)
        if not heirs and _is_heir(body, rest[0].text, table is main):
            left.append(change)
        else:
            bodies[id(table.unit)] = _changed(body, rest, change, table is main)
    return left


def _is_heir(body: tree.Body, name: str, main: bool) -> bool:
    index = next((at for target, at in _targets(body, main) if target == name), None)
    return index is not None and getattr(body.items[index], "like", None) is not None


def _changed(body: tree.Body, parts: tuple[tree.Name, ...], change: Change, main: bool) -> tree.Body:
    if len(parts) > _DEEPEST:
        change.scope.report(problems.not_a_block(parts[_DEEPEST].text, change.scope.place(parts[_DEEPEST].span)))
        return body
    targets: dict[str, int] = {}
    for name, at in _targets(body, main):
        targets.setdefault(name, at)
    index = targets.get(parts[0].text)
    if index is None:
        if body.complete and not (parts[0].text in SINGLE and any(b.kind.text not in KINDS for b in body.blocks)):
            place = change.scope.place(parts[0].span)
            if not main and any(item.path.text == parts[0].text for item in body.settings):
                change.scope.report(problems.imported_parameter(change.path.text, place))
                return body
            others = [] if not main else list(_imported(change.scope.table))
            others += [f"{kind}.{parts[0].text}" for kind in homes(parts[0].text) if kind in targets]
            meant = _by_name(body, [part.text for part in parts])
            change.scope.report(problems.unknown_target(parts[0].text, [*targets, *others], place, meant))
        return body
    item = body.items[index]
    target = item.item if isinstance(item, Given) else item
    if not isinstance(target, tree.Block):
        setting = tree.Setting(target.path, change.value, change.path.span | change.value.span)
        given = Given(setting, change.scope)
        if len(parts) > 1:
            within = _with_argument(target, parts[1:], change, None)
            if within is None:
                change.scope.report(problems.not_a_block(parts[0].text, change.scope.place(parts[0].span)))
                return body
            given = Given(within, item.scope) if isinstance(item, Given) else within
        return _with(body, index, given)
    if len(parts) == 1:
        place = change.scope.place(parts[0].span)
        change.scope.report(problems.missing_setting_name(change.path.text, place))
        return body
    kind = target.kind.text
    changed = _set(target.body, parts[1:], model_of(kind), change) if kind in KINDS else target.body
    return _with(body, index, replace(target, body=changed))


def _by_name(body: tree.Body, words: list[str]) -> str | None:
    """The path that is meant by one which begins with a kind of block: the block's name follows it, or is left out."""
    kind, rest = words[0], words[1:]
    names = [block.name.text for block in body.blocks if block.name and block.kind.text == kind]
    if kind not in KINDS or not names or not rest:
        return None
    if len(rest) == 1 and rest[0] in names:
        return None
    if len(rest) > 1 and rest[0] not in shape_of(model_of(kind)).known:
        named = rest[0] if rest[0] in names else closest(rest[0], names)
        if named is not None:
            return ".".join([named, *rest[1:]])
    return ".".join([names[0], *rest]) if len(names) == 1 else None


def _targets(body: tree.Body, main: bool) -> Iterator[tuple[str, int]]:
    """The names that a path may begin with, and the items that they mean; an imported file has only blocks."""
    for index, item in enumerate(body.items):
        item = item.item if isinstance(item, Given) else item
        if isinstance(item, tree.Setting) and main:
            yield item.path.text, index
        elif isinstance(item, tree.Block) and (main or item.kind.text not in OWN):
            kind = item.kind.text
            if kind in SINGLE and (item.name is None or kind == "recipe"):
                yield kind, index
            elif item.name and kind != "variant":
                yield item.name.text, index


def _imported(main: Table) -> Iterator[str]:
    """The blocks of imports, as a path names them."""
    for alias, table in main.imports.items():
        for name, _ in _targets(table.unit.tree.body, False) if table else ():
            yield f"{alias}.{name}"


def _set(body: tree.Body, parts: tuple[tree.Name, ...], of: type[Settings] | Reader, change: Change) -> tree.Body:
    """A block's body with a setting changed, through inner blocks, which are made where they are not written, and into
    the arguments of a call that is.

    `of` is the block's model; of a block of free names, what reads their values.
    """
    index = _index(body, parts[0].text)
    item = None if index is None else body.items[index]
    inner, scope = (item.item, item.scope) if isinstance(item, Given) else (item, None)
    free = isinstance(of, Reader)
    if len(parts) == 1 or (free and (inner is None or _with_argument(inner, parts[1:], change, of) is None)):
        name = _path_of(parts)
        setting = tree.Setting(name, change.value, parts[0].span | change.value.span)
        return _with(body, _index(body, name.text), Given(setting, change.scope))
    if inner is None:
        inner = tree.Block(parts[0], None, None, tree.Body((), parts[0].span), parts[0].span)
        scope = change.scope
    field = None if isinstance(of, Reader) else shape_of(of).known.get(parts[0].text)
    reader = of if isinstance(of, Reader) else field.reader if field else None
    new: tree.Item | None
    if isinstance(inner, tree.Block):
        new = replace(inner, body=_set(inner.body, parts[1:], _inside(reader), change))
    else:
        new = _with_argument(inner, parts[1:], change, reader)
    if new is None:
        change.scope.report(problems.not_a_block(parts[0].text, change.scope.place(parts[0].span)))
        return body
    return _with(body, index, Given(new, scope) if scope else new)


def _inside(reader: Reader | None) -> type[Settings] | Reader:
    """What an inner block holds: settings of a model, or free names whose values are read so."""
    readers = reader.alternatives if reader else ()
    inner = next((each.model for each in readers if isinstance(each, InnerBlock)), None)
    free = next((each.value for each in readers if isinstance(each, Entries)), None)
    return inner or free or Inner


def _with_argument(
    item: tree.Item, parts: tuple[tree.Name, ...], change: Change, reader: Reader | None
) -> tree.Setting | None:
    """A setting whose call has another value for an argument; None where no call is written."""
    if not isinstance(item, tree.Setting) or len(parts) != 1:
        return None
    value, (name,), calls = item.value, parts, _calls(reader)
    if isinstance(value, tree.Path) and value.text in calls:
        value = tree.Call(value, (), value.span)
    if not isinstance(value, tree.Call):
        return None
    given = [each.item if isinstance(each, Given) else each for each in value.arguments]
    index = next((i for i, each in enumerate(given) if each.name and each.name.text == name.text), None)
    at_position = calls[value.path.text].positional if value.path.text in calls else ()
    bare = dict(zip(at_position, (i for i, each in enumerate(given) if not each.name), strict=False))
    index = bare.get(name.text, index)
    argument = tree.Argument(None if name.text in bare else name, change.value, name.span | change.value.span)
    new = Given(argument, change.scope)
    before, after = (value.arguments, ()) if index is None else (value.arguments[:index], value.arguments[index + 1 :])
    return replace(item, value=replace(value, arguments=(*before, new, *after)))


def _calls(reader: Reader | None) -> Mapping[str, Any]:
    """The models of the calls that a setting takes, by their words."""
    readers = [getattr(each, "types", each) for each in (reader.alternatives if reader else ())]
    return {word: call for each in readers if isinstance(each, Calls) for word, call in each.models.items()}


def _index(body: tree.Body, name: str) -> int | None:
    return next((index for index, item in enumerate(body.items) if _key(item) == name), None)


def _with(body: tree.Body, index: int | None, item: tree.Item | Given) -> tree.Body:
    items = (*body.items, item) if index is None else (*body.items[:index], item, *body.items[index + 1 :])
    return replace(body, items=items)


def _key(item: tree.Item | Given) -> str:
    item = item.item if isinstance(item, Given) else item
    return "" if isinstance(item, tree.Import) else key(item).text


def _path_of(parts: tuple[tree.Name, ...]) -> tree.Path:
    return tree.Path(parts, parts[0].span | parts[-1].span)
