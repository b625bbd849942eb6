"""The static check: from a recipe's path to typed blocks and diagnostics. Opens recipes, their locks and local configs.

    checked = check(path, overrides=["rank=16"], variant="smoke", cwd=Path.cwd())
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
from pathlib import Path

from recipe_lang.check.allow import accepted
from recipe_lang.check.credentials import credentials
from recipe_lang.check.load import Loaded, load
from recipe_lang.check.misdeclared import at_declarations
from recipe_lang.check.names import Enough, Reports, Table
from recipe_lang.check.overrides import Change, command_line, set_source
from recipe_lang.check.reading import read_recipe, unused
from recipe_lang.check.result import Checked, Recipe
from recipe_lang.check.variants import (
    Choice,
    checked_variants,
    combinations,
    sweep_cause,
    unknown_variant,
    variant_cause,
    variant_changes,
    variants,
)
from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems.names import IN_QUOTES, as_text
from recipe_lang.source import Span

__all__ = ["Checked", "Recipe", "check"]


def check(
    path: Path, *, overrides: Sequence[str] = (), variant: str | None = None, cwd: Path, locked: bool = True
) -> Checked:
    """Checks a recipe with its imports, its variants and every combination of its sweep; with its lock, if `locked`.

    `overrides` are `path=value` texts, which win over `variant`; file paths in them are relative to `cwd`. Never raises
    on what the files hold.
    """
    loaded = load(path, cwd, locked=locked)
    if isinstance(loaded, list):
        return Checked(None, loaded)
    reports, used = Reports([*loaded.diagnostics, *credentials(loaded.units)]), set[tuple[str, str]]()
    known, set_texts = variants(loaded.main.tree.body), set_source(overrides)

    def read(chosen: str | None, choice: Choice | None = None) -> tuple[Recipe, Table]:
        def changes(table: Table) -> list[Change]:
            first = variant_changes(known[chosen], table) if chosen in known else []
            return [*first, *(choice.changes(table) if choice else ()), *command_line(overrides, set_texts, table, cwd)]

        return read_recipe(loaded, changes, reports, used)

    recipe, found = Recipe(loaded.main.folder, loaded.main.source, loaded.lock), []
    try:
        recipe, table = read(variant)
        if variant is not None and variant not in known:
            unknown_variant(variant, table)
        others = checked_variants(variant, table)
        for choice in combinations(table, {text.partition("=")[0].strip() for text in overrides}):
            reports.next_reading(sweep_cause(choice, table))
            combination, _ = read(variant, choice)
            combination.label = choice.label
            found.append(combination)
        for name in others:
            reports.next_reading(variant_cause(name, table))
            read(name)
        reports.next_reading(None)
        unused(table, used)
    except Enough:
        pass
    texts = [unit.source for unit in loaded.units] + ([set_texts] if overrides else [])
    sources = {source.name: source for source in texts}
    diagnostics = accepted(at_declarations(_without_follow_ups(reports), loaded.units), loaded.units)
    return Checked(recipe, _in_order(diagnostics, loaded), sources, found)


def _without_follow_ups(reports: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Leaves out what is said about a text that could not even be read as it is written."""
    found = list(reports)
    broken = [diagnostic.place for diagnostic in found if diagnostic.code.startswith("IFT1") and diagnostic.place]
    if not broken:
        return found

    def follows(diagnostic: Diagnostic) -> bool:
        place = diagnostic.place
        return place is not None and any(
            each.source is place.source and (_holds(place.span, each.span) or _holds(each.span, place.span))
            for each in broken
        )

    quoted = {(d.place.source.name, d.place.span) for d in found if d.fix and d.fix.title == IN_QUOTES and d.place}
    kept = [d for d in found if d.code.startswith(("IFT1", "IFT9")) or not follows(d)]
    return [as_text(d) if d.code == "IFT127" and (d.place.source.name, d.place.span) in quoted else d for d in kept]


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _in_order(diagnostics: Iterable[Diagnostic], loaded: Loaded) -> list[Diagnostic]:
    """In the order of the files (the command line last), then of the text."""
    order = {unit.source.name: index for index, unit in enumerate(loaded.units)}

    def position(diagnostic: Diagnostic) -> tuple[int, int, int]:
        place = diagnostic.place
        if place is None:
            return (len(order), 0, 0)
        return (order.get(place.source.name, len(order)), place.span.start, place.span.end)

    return sorted(diagnostics, key=position)
