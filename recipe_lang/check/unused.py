"""Names of a recipe that nothing leads to."""

from __future__ import annotations

from recipe_lang.check.names import Entry, Table
from recipe_lang.check.result import Recipe
from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems import names as problems
from recipe_lang.program import elsewhere
from recipe_lang.program.kinds import homes, model_of
from recipe_lang.syntax import tree


def report_unused(table: Table, recipe: Recipe) -> None:
    """Warns of them once all versions of a recipe are read; of a library, others may use what it has.

    Nothing is said where a mistake may be the reason: what would have used a name could not be read, or is not written.
    """
    program = table.program
    if program.report.misread or all(block.kind.text != "recipe" for block in table.body.blocks):
        return
    used = {name for file, name in program.used if file == table.unit.source.name}
    for name, entry in table.entries.items():
        if name not in used and not entry.failed and not _may_be_meant(entry, recipe):
            problem = _unused(name, entry, table)
            if problem is not None:
                program.report(problem)


def _may_be_meant(entry: Entry, recipe: Recipe) -> bool:
    return isinstance(entry.node, tree.Block) and entry.node.kind.text in recipe.unnamed


def _unused(name: str, entry: Entry, table: Table) -> Diagnostic | None:
    place = table.scope.place(entry.name.span)
    match entry.node:
        case tree.Import():
            return problems.unused_import(name, place)
        case tree.Setting():
            cure = elsewhere.cure_in_another(name) or elsewhere.cure("file", name)
            return problems.unused_parameter(name, homes(name), cure and cure.help, place)
        case tree.Block() as block if not model_of(block.kind.text).root:
            return problems.unused_block(name, block.kind.text, place)
    return None
