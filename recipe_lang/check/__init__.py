"""The static check: from a recipe's path to typed blocks and diagnostics. Opens recipes, their locks and local configs.

    checked = check(path, overrides=["rank=16"], variants=["smoke"], cwd=Path.cwd())
    checked.recipe          Recipe: typed blocks (how to read them: `recipe_lang.schema`), also of a library
    checked.combinations    one Recipe for every combination of a sweep, each with its `label`
    checked.diagnostics     what is wrong, in the order of the files; a plan needs them free of errors
    checked.sources         the texts by the names that diagnostics show

Rules across settings stand in this folder, one module a kind of block. A module has `RULES`, functions
`(block, recipe, report) -> None`, each called for every block of its kind; one that asks for a value which was
misread, or a block that is not there, ends by itself (`Unresolved`), so that nothing is reported twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from recipe_lang.check.allow import accepted
from recipe_lang.check.credentials import credentials
from recipe_lang.check.hidden import hidden_characters
from recipe_lang.check.load import Unit, load
from recipe_lang.check.lock import lock_beside
from recipe_lang.check.reports import Enough, Reports
from recipe_lang.check.requires import unmet
from recipe_lang.check.result import Checked, Recipe
from recipe_lang.check.unused import report_unused
from recipe_lang.check.versions import Versions
from recipe_lang.diagnostics.model import Diagnostic

__all__ = ["Checked", "Recipe", "check"]


def check(
    path: Path,
    *,
    overrides: Sequence[str] = (),
    variants: Sequence[str] = (),
    cwd: Path,
    locked: bool = True,
    unsaved: bytes | None = None,
) -> Checked:
    """Checks a recipe with its imports, its variants and every combination of its sweep; with its lock, if `locked`.

    `variants` are applied in this order; `overrides` are `path=value` texts, which win over them all; file paths in
    them are relative to `cwd`. `unsaved` stands in the place of what the file holds. Never raises on what files hold.
    """
    loaded = load(path, cwd, unsaved)
    if isinstance(loaded, list):
        return Checked(None, loaded)
    if unread := list(unmet(loaded.units)):
        return Checked(None, unread, {unit.source.name: unit.source for unit in loaded.units})
    reports = Reports(loaded.units)
    versions = Versions(loaded, reports, overrides, cwd)
    with suppress(Enough):
        for diagnostic in loaded.diagnostics:
            reports.unread(diagnostic)
        versions.lock = lock_beside(path, reports) if locked else None
        table = versions.read_chosen(variants)
        versions.read_combinations(variants, table)
        versions.read_other_variants(variants, table)
        report_unused(table, versions.recipe)
    trust = [*credentials(loaded.units), *hidden_characters(loaded.units)]
    diagnostics = accepted([*reports, *trust], loaded.units)
    return Checked(
        versions.recipe, _in_order(diagnostics, loaded.units), versions.sources, versions.combinations, versions.best
    )


def _in_order(diagnostics: Iterable[Diagnostic], units: Iterable[Unit]) -> list[Diagnostic]:
    """In the order of the files (the command line last), then of the text."""
    order = {unit.source.name: index for index, unit in enumerate(units)}

    def position(diagnostic: Diagnostic) -> tuple[int, int, int]:
        place = diagnostic.place
        if place is None:
            return (len(order), 0, 0)
        return (order.get(place.source.name, len(order)), place.span.start, place.span.end)

    return sorted(diagnostics, key=position)
