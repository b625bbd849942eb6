"""Blocks that are `like` another one: what they do not set stands in them as it stands there, inner blocks whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.diagnostics.problems import syntax
from recipe_lang.program.kinds import KINDS, model_of
from recipe_lang.reading.bodies import key
from recipe_lang.reading.lists import read
from recipe_lang.reading.readers import BlockName
from recipe_lang.reading.scope import Given, Unreadable
from recipe_lang.syntax import tree

if TYPE_CHECKING:
    from recipe_lang.check.names import Entry, Table
    from recipe_lang.program.block import Block

TAKEN_OVER_LIMIT = 20_000
"""Settings and inner blocks that the heirs of a recipe take over, which are read once more for each of them."""


def inherit(tables: Iterable[Table], bodies: dict[int, tree.Body]) -> None:
    """Puts what heirs take over into the bodies of their files. One whose name leads nowhere is left incomplete."""
    left, written = TAKEN_OVER_LIMIT, dict[int, tree.Body]()
    tables = list(tables)
    named: dict[int, dict[str, tree.Block]] = {}
    for table in tables:
        body = written[id(table.unit)] = bodies.get(id(table.unit), table.unit.tree.body)
        named[id(table.unit)] = {block.name.text: block for block in reversed([*body.blocks]) if block.name}
    for table in tables:
        items = list(written[id(table.unit)].items)
        for index, item in enumerate(items):
            if not isinstance(item, tree.Block) or item.like is None:
                continue
            base, at = _liked(item.like, table, named)
            if base is None or base.like is not None or base.kind.text != item.kind.text:
                items[index] = replace(item, body=replace(item.body, complete=False))
                continue
            left -= 1 + len(base.body.items) + sum(len(inner.body.items) for inner in base.body.blocks)
            if left < 0:
                place = table.scope.place(item.header)
                table.scope.report(syntax.file_too_large(f"{TAKEN_OVER_LIMIT:,} settings by way of `like`", place))
                return
            items[index] = heir(item, base, None if at is table else at)
        bodies[id(table.unit)] = replace(written[id(table.unit)], items=tuple(items))


def _liked(path: tree.Path, table: Table, named: dict[int, dict[str, tree.Block]]) -> tuple[tree.Block | None, Table]:
    head, *rest = path.parts
    at = table.imports.get(head.text) if rest else table
    if at is None or len(rest) > 1:
        return None, table
    return named[id(at.unit)].get(path.parts[-1].text), at


def heir(block: tree.Block, base: tree.Block, at: Table | None = None) -> tree.Block:
    """A block with the settings of another one; `at` is the file of that one, where it is another.

    A setting in whose place another one may stand is not taken over where the heir sets that.
    """
    own = {key(item).text for item in block.body.items if not isinstance(item, tree.Import)}
    rivals = model_of(block.kind.text).rivals if block.kind.text in KINDS else frozenset()
    own |= {"for"} if block.target else set()
    own |= rivals if own & rivals else set()
    taken = []
    for item in base.body.items:
        written = item.item if isinstance(item, Given) else item
        if not isinstance(written, tree.Import) and key(written).text not in own:
            taken.append(Given(item, at.scope) if at and item is written else item)
    # Changes of a variant are made one after the other: its own come last, and lead into what it takes over.
    last, first = (taken, block.body.items) if block.kind.text != "variant" else (block.body.items, taken)
    complete = block.body.complete and base.body.complete
    return replace(block, body=replace(block.body, items=(*first, *last), complete=complete))


def base_of(node: tree.Block, model: type[Block], table: Table) -> Entry | None:
    """What a block is like; reports what cannot be."""
    if node.like is None or model.named == "never":
        return None
    scope, place = table.scope, table.scope.place(node.like.span)
    try:
        read(BlockName(node.kind.text), node.like, scope, f"`{node.kind.text} … like`")
        _, entry = table.look_up(node.like.parts) or (table, None)
    except Unreadable:
        return None
    if entry is None or not isinstance(entry.node, tree.Block) or entry.node.like is None:
        return entry
    header = entry.scope.place(entry.node.header)
    scope.report(problems.liked_heir(node.like.text, entry.node.like.text, header, place))
    return None
