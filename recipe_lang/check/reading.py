"""From parsed files and changes to a recipe: names first, then blocks, then the rules of each kind of block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING

from recipe_lang.check import members
from recipe_lang.check.heirs import base_of
from recipe_lang.check.load import Loaded
from recipe_lang.check.names import Program, Table, tables
from recipe_lang.check.overrides import Change, apply
from recipe_lang.check.reports import Reports
from recipe_lang.check.result import Recipe, Rule
from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.program import elsewhere
from recipe_lang.program.block import Block, Unresolved
from recipe_lang.program.kinds import KINDS, homes, model_of
from recipe_lang.reading.annotations import shape_of
from recipe_lang.reading.bodies import key, read_body
from recipe_lang.reading.lists import read
from recipe_lang.reading.places import Places
from recipe_lang.reading.readers import BlockName
from recipe_lang.reading.scope import Given, Unreadable
from recipe_lang.syntax import tree

if TYPE_CHECKING:
    from recipe_lang.program.lock import Lock

Changes = Callable[[Table], Sequence[Change]]

CHANGES = ("variant", "sweep")
"""Kinds of blocks that change the recipe, and are no part of it."""


def read_recipe(
    loaded: Loaded, lock: Lock | None, changes: Changes, report: Reports, used: set[tuple[str, str]]
) -> tuple[Recipe, Table]:
    """The recipe that the changes make of the main file, and its table of names."""
    main, program = loaded.main, Program(loaded.main.folder, report, used)
    made = tables(loaded.units, program)
    table = made[id(main)]
    bodies: dict[int, tree.Body] = {}
    apply(changes(table), table, made.values(), bodies)
    for each in made.values():
        each.declare(bodies.get(id(each.unit), each.unit.tree.body))
    recipe = Recipe(main.folder, main.source, lock)
    _read_blocks(table, recipe)
    while program.wanted:
        owner, entry = program.wanted.popleft()
        assert isinstance(entry.node, tree.Block)
        _read_block(entry.node, owner, recipe)
    _run_rules(recipe, report)
    return recipe, table


def _read_blocks(table: Table, recipe: Recipe) -> None:
    first: dict[str, tree.Block] = {}
    for node in table.body.blocks:
        kind = node.kind.text
        if kind not in KINDS:
            place = table.scope.place(node.kind.span)
            cure = elsewhere.cure("file", kind)
            table.scope.report(problems.unknown_kind(kind, KINDS, homes(kind), place, cure and cure.help))
            recipe.unknown_kinds = True
            continue
        model = model_of(kind)
        if model.single and (node.name is None or model.named != "maybe"):
            if kind in first:
                label = table.scope.place(first[kind].header)
                table.scope.report(problems.repeated_block(kind, label, table.scope.place(node.header)))
                continue
            first[kind] = node
        _read_block(node, table, recipe)


def _read_block(node: tree.Block, table: Table, recipe: Recipe) -> None:
    kind, scope = node.kind.text, table.scope
    model = model_of(kind)
    base = base_of(node, model, table)
    if not node.broken:
        _check_header(node, model, table)
    if kind in CHANGES:
        return
    target, written, at = None, node.target, scope
    free = _free(node, model)
    if base is not None and isinstance(base.node, tree.Block) and written is None and not free:
        written, at = base.node.target, base.scope
    if written is not None and model.target is not None:
        try:
            target = read(BlockName(model.target), written, at, f"`{kind} … for`")
        except Unreadable:
            target = None
    name = node.name.text if node.name and model.named != "never" else ""
    subject = f"{kind} `{name}`" if name else f"`{kind}`"
    head = node.name if node.name and name else node.kind
    filled = {"name": name and table.unit.prefix + name}
    if model.target and (written or not free):
        filled[model.target] = target
    places = partial(Places, node=node, scope=scope)
    # What is missing is missing in the block that it is like, where it is said.
    body = replace(node.body, complete=False) if base else node.body
    block = read_body(shape_of(model), body, scope, subject, head.span, places, **filled)
    known = table.entries.get(name)
    if known is None or known.node is node:
        recipe.blocks.setdefault(kind, {})[block.name] = block


def _check_header(node: tree.Block, model: type[Block], table: Table) -> None:
    kind, report, place = node.kind.text, table.scope.report, table.scope.place
    if node.name is None and model.named == "always":
        report(problems.missing_block_name(kind, place(node.kind.span)))
    if node.name is not None and model.named == "never":
        report(problems.needless_block_name(kind, place(node.name.span)))
    if node.target is None and model.target is not None and node.like is None and not _free(node, model):
        report(problems.missing_target(kind, model.target, place((node.name or node.kind).span)))
    if node.target is not None and model.target is None:
        report(problems.needless_target(kind, place(node.target.span)))


def _free(node: tree.Block, model: type[Block]) -> bool:
    """Whether a setting stands in place of what may be named after `for`."""
    written = [item.item if isinstance(item, Given) else item for item in node.body.items]
    return any(key(item).text in model.rivals for item in written if not isinstance(item, tree.Import))


def _run_rules(recipe: Recipe, report: Reports) -> None:
    """Heirs come last: what is wrong in what they take over was said where it is written."""
    blocks = [block for each in recipe.blocks.values() for block in each.values()]
    bases = {id(block): _base(block, recipe) for block in blocks if block.text.like is not None}
    report.bases = {str(block.name): str(base.name) for block in blocks if (base := bases.get(id(block)))}
    for block in sorted(blocks, key=lambda block: id(block) in bases):
        said = partial(report.of_heir, block, bases[id(block)]) if id(block) in bases else report
        for rule in rules_of(block.block_kind):
            try:
                rule(block, recipe, said)
            except Unresolved:
                continue


def _base(heir: Block, recipe: Recipe) -> Block | None:
    try:
        named = heir.scope.block(heir.text.like)
    except Unreadable:
        return None
    return recipe.blocks[heir.block_kind].get(named.name) if named else None


@cache
def rules_of(kind: str) -> tuple[Rule, ...]:
    """Names of columns, splits and metrics, then `RULES` of the module here that is named after the kind."""
    return (*members.RULES.get(kind, ()), *import_module(f"recipe_lang.check.{kind}").RULES)
