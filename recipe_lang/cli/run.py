"""`ift run` and `ift-run`: compile the plan, then execute it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from recipe_lang.check import Checked, Recipe
from recipe_lang.cli.outside import moved_since_lock
from recipe_lang.cli.plan_tables import print_plan
from recipe_lang.cli.recipes import add_recipe, checked, inputs, opened, place, placed, report_figures, run_folder
from recipe_lang.cli.sweep import run_all, shared_answers
from recipe_lang.cli.terminal import print_problems
from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems.commands import nothing_to_resume
from recipe_lang.plan import make_plan, with_facts


def arguments(parser: argparse.ArgumentParser) -> None:
    add_recipe(parser)
    parser.add_argument("--output", metavar="FOLDER", help="the run folder (the recipe's `output`, else runs/NAME)")
    occupied = parser.add_mutually_exclusive_group()
    occupied.add_argument("--resume", action="store_true", help="go on with the run that is in the run folder")
    occupied.add_argument("--overwrite", action="store_true", help="replace the run that is in the run folder")


def run(args: argparse.Namespace) -> int:
    found = checked(args.recipe, args.variant, args.set)
    folder = Path(args.output) if args.output else run_folder(found.recipe)
    if not found.combinations:
        return _run(found.recipe, found, folder, args)
    untouched = shared_answers(folder, overwrite=args.overwrite)
    return run_all(found, folder, lambda recipe, own: _run(recipe, found, own, args, untouched))


def _run(recipe: Recipe, found: Checked, folder: Path, args: argparse.Namespace, untouched: Path | None = None) -> int:
    from runtime.base.progress import progress_to
    from runtime.folder import UNTOUCHED, claimed, drop_replaced, held, is_new, refuse_to_replace
    from runtime.nodes import is_main_node
    from runtime.refusals import refuse

    plan = make_plan(recipe)

    def report(problem: Diagnostic) -> None:
        print_problems([place(problem, plan, found)])

    with placed(plan, found):
        refuse(plan.program)
        if args.resume and is_new(folder):
            report(nothing_to_resume(folder))
        if recipe.train and not is_main_node(recipe.train.nodes):
            from runtime.launch import train_along

            return train_along(plan, recipe.folder, folder, resume=args.resume, report=report)
        with held(folder):
            with claimed(folder, inputs(plan, found), resume=args.resume, overwrite=args.overwrite):
                session = opened(plan, found, fetch=True, progress=progress_to(sys.stdout))
                if args.overwrite:
                    refuse_to_replace(folder, session.read)
                print_problems(moved_since_lock(args, found, session.facts))
                plan = with_facts(plan, session.facts)
                print_plan(plan)
                report_figures(plan, found)
            sys.stdout.flush()
            # Whoever waits for the plan does not wait for torch.
            from runtime.run import Job, run

            code = run(Job(plan, session, folder, report, args.resume), untouched or folder / UNTOUCHED)
            drop_replaced(folder)
            return code
