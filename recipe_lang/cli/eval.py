"""`ift eval`: asks any model what a recipe evaluates, without training."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from recipe_lang.check import Checked, Recipe
from recipe_lang.cli.outside import moved_since_lock
from recipe_lang.cli.plan_tables import print_plan
from recipe_lang.cli.recipes import add_recipe, checked, inputs, opened, place, placed, run_folder
from recipe_lang.cli.sweep import run_all, shared_answers
from recipe_lang.cli.terminal import print_problems
from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.plan import make_plan, with_facts
from recipe_lang.source import relative_name


def arguments(parser: argparse.ArgumentParser) -> None:
    add_recipe(parser)
    parser.add_argument(
        "--model",
        metavar="PATH",
        help="a folder that `transformers` loads, an adapter's, a run's, or a GGUF file (the recipe's own model)",
    )
    parser.add_argument("--output", metavar="FOLDER", help="the run folder (that of `ift run`, with `-eval` behind)")
    parser.add_argument("--overwrite", action="store_true", help="replace what is in the run folder")


def run(args: argparse.Namespace) -> int:
    found = checked(args.recipe, args.variant, args.set)
    own = run_folder(found.recipe)
    folder = Path(args.output) if args.output else own.with_name(f"{own.name}-eval")
    if not found.combinations:
        return _evaluate(found.recipe, found, folder, args)
    untouched = shared_answers(folder, overwrite=args.overwrite)
    return run_all(found, folder, lambda recipe, own: _evaluate(recipe, found, own, args, untouched))


def _evaluate(
    recipe: Recipe, found: Checked, folder: Path, args: argparse.Namespace, untouched: Path | None = None
) -> int:
    from recipe_lang.plan.evaluation import evaluation_plan
    from runtime.base.progress import progress_to
    from runtime.folder import claimed, drop_replaced, held, refuse_to_replace

    plan, labelled, left_out = evaluation_plan(make_plan(recipe), _from_recipe(args.model, recipe))

    def report(problem: Diagnostic) -> None:
        print_problems([place(problem, plan, found)])

    for problem in left_out:
        report(problem)
    with placed(plan, found), held(folder):
        with claimed(folder, inputs(plan, found), resume=None, overwrite=args.overwrite):
            session = opened(plan, found, fetch=True, progress=progress_to(sys.stdout), labelled=labelled)
            if args.overwrite:
                refuse_to_replace(folder, session.read)
            # A model that is named is another one than the lock's on purpose.
            models = {} if args.model else session.facts.models
            print_problems(moved_since_lock(args, found, session.facts.model_copy(update={"models": models})))
            plan = with_facts(plan, session.facts)
            print_plan(plan)
        sys.stdout.flush()
        # Whoever waits for the plan does not wait for torch.
        from runtime.run import Job, run

        code = run(Job(plan, session, folder, report), untouched)
        drop_replaced(folder)
        return code


def _from_recipe(model: str | None, recipe: Recipe) -> str | None:
    """A path on the command line starts from the working directory, one in a program from the recipe's folder.

    A run's folder means the model in it.
    """
    if model is None:
        return None
    path = Path(model)
    if (path / "plan.json").is_file():
        path /= "model"
    return str(path) if path.is_absolute() else relative_name(path, recipe.folder)
