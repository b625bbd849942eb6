"""What planning and running begin with: a recipe without errors, and places for the engine's problems."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_lang.check import Checked, Recipe, check
from recipe_lang.cli.options import add_changes
from recipe_lang.cli.report import exit_code
from recipe_lang.cli.terminal import print_problems
from recipe_lang.diagnostics.model import Diagnostic, Stop, has_errors
from recipe_lang.diagnostics.problems.commands import no_recipe
from recipe_lang.plan.checks import check_figures
from recipe_lang.plan.origins import located
from recipe_lang.program.document import Plan
from recipe_lang.program.paths import paths

if TYPE_CHECKING:
    from runtime.base.progress import Progress
    from runtime.session import Session


def add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", metavar="RECIPE", help="the recipe")
    add_changes(parser)


def checked(path: str, variants: Sequence[str] = (), overrides: Sequence[str] = (), *, locked: bool = True) -> Checked:
    """A recipe that can be planned. `Stop` where it has errors or is a library; warnings are printed. What only another
    variant brings about is left to `ift check`, and what may be so for now only to who reads the data.

    `locked`: its lock speaks of columns and models too.
    """
    found = check(Path(path), overrides=overrides, variants=variants, cwd=Path.cwd(), locked=locked)
    found.diagnostics = [d for d in found.diagnostics if d.variant is None and not d.passing]
    if has_errors(found.diagnostics):
        raise Stop(*found.diagnostics, exit_code=exit_code(found.diagnostics))
    if found.recipe is None or found.recipe.header is None:
        raise Stop(*found.diagnostics, no_recipe(path))
    print_problems(found.diagnostics)
    return found


def combinations(found: Checked) -> list[Recipe]:
    """One recipe for each combination of a sweep, else the recipe."""
    assert found.recipe is not None
    return found.combinations or [found.recipe]


def run_folder(recipe: Recipe) -> Path:
    """Where a recipe's runs go: its `output`, else `runs/NAME` in the working directory."""
    header = recipe.header
    return recipe.folder / header.output if header.output else Path("runs") / header.name


def inputs(plan: Plan, found: Checked) -> list[Path]:
    """Files and folders that a run reads by the recipe's word: its texts, and what the program names."""
    assert found.recipe is not None
    root = found.recipe.folder
    named = [each for path in paths(plan.program) for each in (glob(path, root_dir=root, recursive=True) or [path])]
    return [*(source.path for source in found.sources.values() if source.path), *(root / each for each in named)]


def opened(
    plan: Plan, found: Checked, *, verify: bool = True, progress: Progress | None = None, **options: Any
) -> Session:
    """The plan's program with its models and data; warnings are printed. Raises `Stop` for errors, with `verify` also
    for those that hide no row. Without `progress` bars are for who watches a terminal; `options` are `open_session`'s.
    """
    from runtime.base.progress import progress_to, silent
    from runtime.session import open_session

    assert found.recipe is not None
    progress = progress or (progress_to(sys.stderr) if sys.stderr.isatty() else silent())
    with placed(plan, found):
        session = open_session(plan.program, found.recipe.folder, progress=progress, **options)
        _report(session.problems() if verify else session.prepared.diagnostics, plan, found)
    return session


def report_figures(plan: Plan, found: Checked) -> None:
    """What the figures show: warnings are printed, errors raise `Stop`."""
    _report(check_figures(plan), plan, found)


def _report(problems: list[Diagnostic], plan: Plan, found: Checked) -> None:
    problems = [place(problem, plan, found) for problem in problems]
    if has_errors(problems):
        raise Stop(*problems)
    print_problems(problems)


@contextmanager
def placed(plan: Plan, found: Checked) -> Iterator[None]:
    """Gives the problems that the engine stops with their places in the recipe."""
    try:
        yield
    except Stop as stop:
        raise Stop(*(place(problem, plan, found) for problem in stop.diagnostics), exit_code=stop.exit_code) from stop


def place(problem: Diagnostic, plan: Plan, found: Checked) -> Diagnostic:
    assert found.recipe is not None
    return located(problem, plan, found.sources.values(), found.recipe.folder)
