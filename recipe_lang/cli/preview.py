"""`ift preview`: rows as the model will see them, and which of their tokens are trained."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_lang.check import Checked, Recipe
from recipe_lang.cli.files import write
from recipe_lang.cli.preview_page import page
from recipe_lang.cli.preview_text import print_examples
from recipe_lang.cli.recipes import add_recipe, checked, combinations, opened, place
from recipe_lang.cli.sample import ROWS
from recipe_lang.cli.terminal import add_color, print_problems
from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.commands import data_not_at_hand, no_such_part, nothing_to_preview
from recipe_lang.plan import make_plan

if TYPE_CHECKING:
    from recipe_lang.program.document import Plan
    from runtime.data import Prepared
    from runtime.data.preview import Shown


def arguments(parser: argparse.ArgumentParser) -> None:
    add_recipe(parser)
    parser.add_argument("task", metavar="TASK", nargs="?", help="only this task")
    parser.add_argument("--split", metavar="NAME", help="only this split (the trained one, else the one judged on)")
    parser.add_argument("--rows", type=_count, default=2, metavar="N", help="examples of each template (2)")
    parser.add_argument("--tokens", action="store_true", help="show where tokens end")
    parser.add_argument("--html", type=_page, metavar="FILE", help="write one self-contained page instead")
    add_color(parser)


def run(args: argparse.Namespace) -> int:
    found = checked(args.recipe, args.variant, args.set)
    groups = [(recipe.label, _examples(recipe, found, args)) for recipe in combinations(found)]
    if args.html is not None:
        write(args.html, page(found.recipe.header.name, groups))
        print(f"wrote {args.html.as_posix()}")
        return 0
    for label, examples in groups:
        print_examples(label, examples, tokens=args.tokens, color=args.color)
    return 0


def _examples(recipe: Recipe, found: Checked, args: argparse.Namespace) -> list[Shown]:
    plan = make_plan(recipe)
    tasks = list(plan.program.tasks)
    if args.task is not None and args.task not in tasks:
        raise Stop(no_such_part("task", args.task, tasks), exit_code=2)
    prepared = _prepared(plan, found, args)
    from runtime.data.preview import show, shown_split

    examples: list[Shown] = []
    for task in [args.task] if args.task is not None else tasks:
        split = args.split or shown_split(prepared, task)
        if split in prepared.tables.get(task, ()):
            examples += show(prepared, task, split, args.rows)
    if args.split is not None and not examples:
        splits = {name: None for task in prepared.tables.values() for name in task}
        raise Stop(no_such_part("split", args.split, list(splits)), exit_code=2)
    return examples


def _prepared(plan: Plan, found: Checked, args: argparse.Namespace) -> Prepared:
    """A sample of every split, labelled and proved; nothing is fetched."""
    session = opened(plan, found, verify=False, fetch=False, sample=max(ROWS, args.rows))
    wanted = [plan.program.tasks[task].dataset for task in ([args.task] if args.task else plan.program.tasks)]
    if wanted and all(dataset in session.absent for dataset in wanted):
        raise Stop(nothing_to_preview("data", args.recipe))
    print_problems([place(data_not_at_hand(name), plan, found) for name in session.absent])
    if session.missing:
        raise Stop(nothing_to_preview("a model", args.recipe))
    return session.prepared


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"`{text}` is no number of rows")
    return int(text)


def _page(text: str) -> Path:
    path = Path(text)
    if path.suffix != ".html":
        raise argparse.ArgumentTypeError(f"`{text}` would be no page: their names end in `.html`")
    return path
