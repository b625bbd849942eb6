"""A recipe in all its versions: as it is asked for, in every combination of its sweep, and in its other variants."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_lang.check.load import Loaded
from recipe_lang.check.names import Table
from recipe_lang.check.overrides import Change, command_line, set_source
from recipe_lang.check.reading import read_recipe
from recipe_lang.check.reports import Reports
from recipe_lang.check.result import Recipe
from recipe_lang.check.variants import (
    Choice,
    best_of,
    checked_variants,
    combinations,
    composed,
    sweep_occasion,
    unknown_variant,
    variant_occasion,
    variants,
)
from recipe_lang.source import Source

if TYPE_CHECKING:
    from recipe_lang.program.lock import Lock


class Versions:
    """Reads one version after the other; `overrides` win in each of them."""

    def __init__(self, loaded: Loaded, reports: Reports, overrides: Sequence[str], cwd: Path) -> None:
        self.loaded, self.reports, self.overrides, self.cwd = loaded, reports, overrides, cwd
        self.lock: Lock | None = None
        self.recipe = Recipe(loaded.main.folder, loaded.main.source)
        """The version that is asked for."""
        self.combinations: list[Recipe] = []
        self.best: str | None = None
        self._set = set_source(overrides)
        self._variants = variants(loaded.main.tree.body)
        self._used: set[tuple[str, str]] = set()

    @property
    def sources(self) -> dict[str, Source]:
        """Every text that is read, by the name that messages show."""
        texts = [unit.source for unit in self.loaded.units] + ([self._set] if self.overrides else [])
        return {source.name: source for source in texts}

    def read_chosen(self, chosen: Sequence[str]) -> Table:
        self.recipe, table = self._read(chosen)
        for name in dict.fromkeys(chosen):
            if name not in self._variants:
                unknown_variant(name, table)
        return table

    def read_combinations(self, chosen: Sequence[str], table: Table) -> None:
        for choice in combinations(table, {text.partition("=")[0].strip() for text in self.overrides}):
            self.reports.next_reading(sweep_occasion(choice, table))
            combination, _ = self._read(chosen, choice)
            combination.label = choice.label
            self.combinations.append(combination)
        self.reports.next_reading(None)
        self.best = best_of(table, self.recipe)

    def read_other_variants(self, chosen: Sequence[str], table: Table) -> None:
        for name in checked_variants(chosen, table):
            self.reports.next_reading(variant_occasion(name, table))
            self._read([name])
        self.reports.next_reading(None)

    def _read(self, chosen: Sequence[str], choice: Choice | None = None) -> tuple[Recipe, Table]:
        def changes(table: Table) -> list[Change]:
            return [
                *composed(chosen, table),
                *(choice.changes(table) if choice else ()),
                *command_line(self.overrides, self._set, table, self.cwd),
            ]

        return read_recipe(self.loaded, self.lock, changes, self.reports, self._used)
