"""`ift lock`: writes down what the outside world holds, so that a later run can tell whether it still does."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from recipe_lang.check.lock import lock_path, read_lock
from recipe_lang.cli.files import write
from recipe_lang.cli.recipes import add_recipe, checked, combinations, place, placed
from recipe_lang.cli.report import count
from recipe_lang.cli.terminal import print_problems
from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.plan import make_plan
from recipe_lang.program.lock import Lock, drift, lock_of

LEAST_SAMPLE = 1
"""Rows of each split that are rendered on the way: a lock holds none of what they would show."""


def arguments(parser: argparse.ArgumentParser) -> None:
    add_recipe(parser)


def run(args: argparse.Namespace) -> int:
    from runtime.base.progress import progress_to
    from runtime.run import measure

    found = checked(args.recipe, args.variant, args.set, locked=False)
    locks = []
    for recipe in combinations(found):
        plan = make_plan(recipe)

        def report(problem: Diagnostic, plan=plan) -> None:
            print_problems([place(problem, plan, found)])

        with placed(plan, found):
            progress = progress_to(sys.stderr)
            facts = measure(
                plan.program, recipe.folder, fetch=True, progress=progress, report=report, sample=LEAST_SAMPLE
            )
        locks.append(lock_of(facts))
    _write(lock_path(Path(args.recipe)), _merged(locks))
    return 0


def _merged(locks: Iterable[Lock]) -> Lock:
    """One lock for all combinations of a sweep, which share what has the same name."""
    revisions, models, datasets = {}, {}, {}
    for lock in locks:
        revisions |= lock.revisions
        models |= lock.models
        datasets |= lock.datasets
    return Lock(revisions=revisions, models=models, datasets=datasets)


def _write(path: Path, lock: Lock) -> None:
    old = read_lock(path)
    for kind, name, field, words in drift(old, lock) if old else ():
        print(f"{kind[:-1]} {name}{f' ({field})' if field else ''} {words}")
    write(path, lock.model_dump_json(indent=2, by_alias=True) + "\n")
    print(f"locked {count(len(lock.models), 'model')} and {count(len(lock.datasets), 'dataset')} in {path.as_posix()}")
