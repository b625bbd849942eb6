"""`ift lock`: writes down what the outside world holds, so that a later run can tell whether it still does."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from recipe_lang.check.lock import lock_path, read_lock
from recipe_lang.cli.files import write
from recipe_lang.cli.recipes import add_recipe, checked, combinations, opened
from recipe_lang.cli.report import count
from recipe_lang.plan import make_plan
from recipe_lang.program.lock import Lock, drift, lock_of, merged

LEAST_SAMPLE = 1
"""Rows of each split that are rendered on the way: a lock holds none of what they would show."""


def arguments(parser: argparse.ArgumentParser) -> None:
    add_recipe(parser)


def run(args: argparse.Namespace) -> int:
    from runtime.base.progress import progress_to

    found = checked(args.recipe, args.variant, args.set, locked=False)
    how = {"fetch": True, "progress": progress_to(sys.stderr), "sample": LEAST_SAMPLE}
    sessions = [opened(make_plan(recipe), found, **how) for recipe in combinations(found)]
    _write(lock_path(Path(args.recipe)), merged(lock_of(session.facts) for session in sessions))
    return 0


def _write(path: Path, lock: Lock) -> None:
    old = read_lock(path)
    for kind, name, field, words in drift(old, lock) if old else ():
        print(f"{kind[:-1]} {name}{f' ({field})' if field else ''} {words}")
    write(path, lock.model_dump_json(indent=2, by_alias=True) + "\n")
    print(f"locked {count(len(lock.models), 'model')} and {count(len(lock.datasets), 'dataset')} in {path.as_posix()}")
