"""`ift diff`: what two recipes, plans or runs would do differently: in training, in evaluation only, or in neither."""

from __future__ import annotations

import argparse
from pathlib import Path

from recipe_lang.check import guarded
from recipe_lang.check.load import SIZE_LIMIT
from recipe_lang.cli.files import decoded
from recipe_lang.cli.recipes import checked
from recipe_lang.cli.terminal import add_color, coloured
from recipe_lang.diagnostics.model import Stop, has_errors
from recipe_lang.diagnostics.problems.commands import not_a_plan, not_comparable, unreadable_file
from recipe_lang.diagnostics.render.visible import paint
from recipe_lang.plan.diff import beside_the_program, differences
from recipe_lang.program.block import Affected
from recipe_lang.program.program import Program
from recipe_lang.source import Source
from recipe_lang.syntax import parse

GROUPS: dict[Affected, str] = {
    "training": "changes training",
    "evaluation": "changes evaluation only",
    "nothing": "changes neither",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", metavar="A", help="a recipe, a plan.json or a run folder")
    parser.add_argument("after", metavar="B", help="another one")
    add_color(parser)


def run(args: argparse.Namespace) -> int:
    (before, old), (after, new) = _program(Path(args.before)), _program(Path(args.after))
    changes: dict[Affected, list[str]] = {group: [] for group in GROUPS}
    for touched, line in differences(before, after):
        changes[touched].append(line)
    if old and new:
        changes["nothing"] += beside_the_program(old, new)
    colour = coloured(args.color)
    for touched, title in GROUPS.items():
        if changes[touched]:
            print(paint("bold", title, colour))
            print("".join(f"  {line}\n" for line in changes[touched]))
    if not any(changes.values()):
        print("the same program" if before == after else "the same program, but for the order of its parts")
    return int(any(changes.values()))


def _program(path: Path) -> tuple[Program, Source | None]:
    """The program of a recipe, of a plan, or of a run folder's plan; a recipe's text."""
    if not path.exists():
        raise Stop(unreadable_file(path.as_posix(), "there is no such file or folder"), exit_code=2)
    if path.is_dir():
        if not (path / "plan.json").is_file():
            raise Stop(not_comparable(path.as_posix(), "it is a folder without `plan.json`"), exit_code=2)
        path = path / "plan.json"
    if path.suffix != ".json":
        from recipe_lang.plan import make_plan

        if path.suffix != ".ift" and not _is_recipe(path):
            raise Stop(not_comparable(path.as_posix(), "it is neither recipe nor plan"), exit_code=2)
        try:
            found = checked(str(path))
        except Stop as stop:  # 1 would say that the two differ
            raise Stop(*stop.diagnostics, exit_code=2) from stop
        return make_plan(found.recipe).program, found.recipe.source
    from recipe_lang.program.document import Plan
    from runtime.base.documents import Unreadable, document

    try:
        return document(path, Plan, strict=True).program, None
    except Unreadable as error:
        raise Stop(not_a_plan(path.as_posix(), f"it {error}"), exit_code=2) from error


def _is_recipe(path: Path) -> bool:
    """Whether a file is text of the language; of one that may not be read the check says so."""
    try:
        source = decoded(path.as_posix(), guarded.read(path, guarded.home(path), SIZE_LIMIT))
    except OSError:
        return True
    return isinstance(source, Source) and not has_errors(parse(source)[1])
