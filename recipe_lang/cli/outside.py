"""The recipe against the world outside of it: what `ift check --data` and `--locked` add, and what a plan or a run
finds that is not as it was locked."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from recipe_lang.check import Checked, Recipe
from recipe_lang.check.lock import lock_path, read_lock
from recipe_lang.check.model_files import file_hashes
from recipe_lang.cli.recipes import combinations
from recipe_lang.diagnostics.head import head
from recipe_lang.diagnostics.model import Diagnostic, Place, Stop
from recipe_lang.diagnostics.problems.commands import drifted, missing_lock
from recipe_lang.plan import make_plan
from recipe_lang.program.facts import Facts
from recipe_lang.program.lock import Lock, drift, lock_of, merged, revisions_asked
from recipe_lang.program.program import Program


def outside_problems(path: Path, checked: Checked, args: argparse.Namespace) -> list[Diagnostic]:
    """For a recipe without errors: what its lock and a sample of its data say. Nothing is fetched."""
    problems, found = [], None
    if args.data:
        from recipe_lang.cli.sample import sample_data

        problems, found = sample_data(path, args.variant, args.set, checked)
    if args.locked:
        problems += _against_lock(path, checked, found)
    return sorted(problems, key=lambda problem: problem.place.span.start if problem.place else 0)


def not_told_twice(found: list[Diagnostic]) -> list[Diagnostic]:
    """Without what may be so for now only, such as a file that is not there, where looking at the data says it too."""
    seen = {problem.place for problem in found if head(problem.code).stage == "data"}
    return [problem for problem in found if not (problem.passing and problem.place in seen)]


def _against_lock(path: Path, checked: Checked, found: Lock | None) -> list[Diagnostic]:
    """Without `found` no data is read: what the recipe and the repository's own files say is compared."""
    file, recipe = lock_path(path), checked.recipe
    try:
        locked = read_lock(file)
    except Stop as stop:
        return list(stop.diagnostics)
    place = recipe.header.place()
    if locked is None:
        return [missing_lock(file.as_posix(), place)]
    programs = [(each, make_plan(each).program) for each in combinations(checked)]
    problems: list[Diagnostic] = []
    for kind, held in (("model", locked.models), ("dataset", locked.datasets)):
        named = {name: block for _, program in programs for name, block in getattr(program, f"{kind}s").items()}
        problems += [_unlocked(kind, name, recipe, file) for name in named if name not in held]
        problems += [drifted(kind, name, "", "is gone", file.as_posix(), place) for name in held if name not in named]
        problems += [
            drifted(kind, name, "revision", f"is new: `{asked}`", file.as_posix(), _place(recipe, kind, name))
            for name, block in named.items()
            if name in held
            for asked in revisions_asked(block)
            if asked not in locked.revisions
        ]
    found = found or merged(_without_rows(each, program, locked) for each, program in programs)
    return problems + _drifted(locked, found, recipe, file)


def moved_since_lock(args: argparse.Namespace, found: Checked, facts: Facts) -> list[Diagnostic]:
    """Warnings: what data and models hold now, where the recipe's lock, if it has one, says otherwise. Variants, sweeps
    and `--set` may change both on purpose, and the lock holds one of each name."""
    recipe, file = found.recipe, lock_path(Path(args.recipe))
    changed = bool(args.variant or args.set or found.combinations)
    if recipe is None or changed or (locked := read_lock(file)) is None:
        return []
    return [replace(problem, severity="warning") for problem in _drifted(locked, lock_of(facts), recipe, file)]


def _drifted(locked: Lock, found: Lock, recipe: Recipe, file: Path) -> list[Diagnostic]:
    """Differences in what both speak of."""
    return [
        drifted(kind[:-1], name, field, words, file.as_posix(), _place(recipe, kind[:-1], name))
        for kind, name, field, words in drift(_common(locked, found), _common(found, locked))
    ]


def _without_rows(recipe: Recipe, program: Program, locked: Lock) -> Lock:
    """The lock with what can be known without rows in place of its own: declared columns, hashes of local files."""
    models = {name: held for name, held in locked.models.items() if name in program.models}
    types = {
        name: {each: column.type for each, column in data.columns.items()}
        for name, data in program.datasets.items()
        if data.columns and name in locked.datasets
    }
    return Lock(
        models={name: held.model_copy(update=file_hashes(recipe, name)) for name, held in models.items()},
        datasets={name: locked.datasets[name].model_copy(update={"columns": held}) for name, held in types.items()},
    )


def _unlocked(kind: str, name: str, recipe: Recipe, file: Path) -> Diagnostic:
    return drifted(kind, name, "", "is new", file.as_posix(), _place(recipe, kind, name))


def _place(recipe: Recipe, kind: str, name: str) -> Place:
    return recipe.find(kind, name).place("source")


def _common(lock: Lock, other: Lock) -> Lock:
    """The part of a lock that another one speaks of too."""
    models = {name: facts for name, facts in lock.models.items() if name in other.models}
    datasets = {name: facts for name, facts in lock.datasets.items() if name in other.datasets}
    return Lock(models=models, datasets=datasets)
