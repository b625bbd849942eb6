"""`ift run` and `ift-run`: compile the plan, then execute it."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from recipe_lang.check import Checked, Recipe
from recipe_lang.cli.plan_tables import print_plan
from recipe_lang.cli.recipes import add_recipe, checked, judged, place, placed
from recipe_lang.cli.sweep import run_all
from recipe_lang.cli.terminal import print_problems
from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.plan import make_plan, with_facts


def arguments(parser: argparse.ArgumentParser) -> None:
    add_recipe(parser)
    parser.add_argument("--output", metavar="FOLDER", help="the run folder (the recipe's `output`, else runs/NAME)")
    occupied = parser.add_mutually_exclusive_group()
    occupied.add_argument("--resume", action="store_true", help="go on with the run that is in the run folder")
    occupied.add_argument("--overwrite", action="store_true", help="replace the run that is in the run folder")


def run(args: argparse.Namespace) -> int:
    found = checked(args.recipe, args.variant, args.set)
    folder = _run_folder(found.recipe, args.output)
    if not found.combinations:
        return _run(found.recipe, found, folder, args)
    return run_all(found.combinations, folder, lambda recipe, own: _run(recipe, found, own, args))


def _run_folder(recipe: Recipe, output: str | None) -> Path:
    header = recipe.header
    if output is not None:
        return Path(output)
    return recipe.folder / header.output if header.output else Path("runs") / header.name


def _run(recipe: Recipe, found: Checked, folder: Path, args: argparse.Namespace) -> int:
    from runtime import run as engine
    from runtime.base.progress import progress_to
    from runtime.folder import claim
    from runtime.refusals import refuse_missing_packages

    plan = make_plan(recipe)

    def report(problem: Diagnostic) -> None:
        print_problems([place(problem, plan, found)])

    progress = progress_to(sys.stdout)
    with placed(plan, found):
        if not args.overwrite:
            claim(folder, resume=args.resume, overwrite=False)
        try:
            refuse_missing_packages(plan.program)
            facts = engine.measure(plan.program, recipe.folder, fetch=True, progress=progress, report=report)
            plan = with_facts(plan, facts)
            print_plan(plan)
            judged(plan, found)
        except BaseException:
            with suppress(OSError):  # an empty run folder says nothing
                folder.rmdir()
            raise
        if args.overwrite:  # only now: the old run goes when the new one is known to have data and a model
            claim(folder, resume=False, overwrite=True)
        sys.stdout.flush()
        return engine.run(plan, recipe.folder, folder, resume=args.resume, progress=progress, report=report)
