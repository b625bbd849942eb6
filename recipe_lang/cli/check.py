"""`ift check`: static checks of recipes. Reads recipes and their locks; data only with `--data`; never the network."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from recipe_lang.check import Checked, check
from recipe_lang.check.dataset import has_local_rows
from recipe_lang.cli import fixes, report
from recipe_lang.cli.dependents import dependents, is_recipe
from recipe_lang.cli.files import find_recipes, rewrite
from recipe_lang.cli.options import add_changes
from recipe_lang.cli.terminal import add_color, coloured
from recipe_lang.diagnostics.model import Diagnostic, Stop, has_errors
from recipe_lang.diagnostics.problems.commands import check_failed
from recipe_lang.diagnostics.render import Format, render
from recipe_lang.exhausted import is_out_of_memory


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", default=["."], metavar="PATH", help="recipes, folders to search (.), or `-` for stdin"
    )
    parser.add_argument(
        "--stdin-filename", metavar="PATH", help="the file that stdin stands for: its folder is where paths start"
    )
    parser.add_argument("--format", choices=get_args(Format), default="full", help="how diagnostics are written (full)")
    parser.add_argument("--fix", action="store_true", help="make the safe fixes in the files, then check again")
    parser.add_argument("--strict", action="store_true", help="warnings fail the check too")
    parser.add_argument("--data", action="store_true", help="look at a sample of the data too: rows, labels, lengths")
    parser.add_argument(
        "--locked",
        action="store_true",
        help="fail where the recipe's lock is missing or out of date; rows are compared with --data",
    )
    add_changes(parser)
    add_color(parser)


def run(args: argparse.Namespace) -> int:
    if "-" in args.paths or args.stdin_filename:
        return _standard_input(args)
    recipes, problems = find_recipes(args.paths)
    if (args.set or args.variant) and len(recipes) + len(problems) != 1:
        print("ift check: `--set` and `--variant` are about one recipe: name it", file=sys.stderr)
        return 2
    named = [Path(path) for path in args.paths if Path(path).is_file()]
    recipes = [path for path in recipes if path not in named or is_recipe(path)]
    fixed = _fix(recipes, args) if args.fix else 0
    if named and not (args.set or args.variant or args.locked):  # each of these is about the recipes that are named
        recipes += [path for path in dependents(named) if path not in recipes]
    checked, unread = _check_all(recipes, args)
    found = report.once([*problems, *checked])
    return _answer(found, len(recipes), fixed, unread, args)


def _standard_input(args: argparse.Namespace) -> int:
    """What an editor holds, whether or not it is saved."""
    if args.paths != ["-"] or args.fix or args.data or args.locked:
        print("ift check: stdin is checked alone, as `-`, without `--fix`, `--data` and `--locked`", file=sys.stderr)
        return 2
    path, held = Path(args.stdin_filename or "<stdin>"), sys.stdin.buffer.read()
    checked = check(path, overrides=args.set, variants=args.variant, cwd=Path.cwd(), unsaved=held)
    found = report.once(checked.diagnostics)
    return _answer(found, 1, 0, False, args)


def _check_all(recipes: Sequence[Path], args: argparse.Namespace) -> tuple[list[Diagnostic], bool]:
    """The problems, and whether rows lie here that `--data` would look at."""
    found: list[Diagnostic] = []
    unread = False
    for recipe in recipes:
        try:
            problems, has_rows = _check(recipe, args)
            found += problems
            unread |= has_rows and not args.data
        except (Stop, OSError, ImportError):
            raise
        except Exception as error:
            if is_out_of_memory(error):
                raise
            found.append(_failed(recipe, error))
    return found, unread


def _failed(recipe: Path, error: Exception) -> Diagnostic:
    """A mistake in this package says nothing about the other recipes, which are checked all the same."""
    from recipe_lang.cli.failures import described

    where, summary, _ = described(error)
    return check_failed(recipe.as_posix(), summary, where)


def _check(recipe: Path, args: argparse.Namespace) -> tuple[list[Diagnostic], bool]:
    checked = _static(recipe, args)
    found = checked.diagnostics
    if has_errors(found) or not checked.recipe or not checked.recipe.header:
        return found, False
    if args.data or args.locked:
        from recipe_lang.cli.outside import not_told_twice, outside_problems

        found = not_told_twice([*found, *outside_problems(recipe, checked, args)])
    return found, has_local_rows(checked.recipe)


def _static(recipe: Path, args: argparse.Namespace, unsaved: bytes | None = None) -> Checked:
    return check(recipe, overrides=args.set, variants=args.variant, cwd=Path.cwd(), unsaved=unsaved)


def _fix(recipes: Sequence[Path], args: argparse.Namespace) -> int:
    """Makes the safe fixes, in the named files only: an imported library is not this command's to change."""
    made = 0
    for recipe in recipes:

        def look(text: str, recipe: Path = recipe) -> list[Diagnostic]:
            return _static(recipe, args, text.encode()).diagnostics

        if not any(problem.fix and problem.fix.safe for problem in _static(recipe, args).diagnostics):
            continue
        stored = recipe.read_bytes().decode("utf-8")
        text, count = fixes.mended(stored, recipe, look)
        if count:
            rewrite(recipe, text)
        made += count
    return made


def _answer(found: Sequence[Diagnostic], files: int, fixed: int, unread: bool, args: argparse.Namespace) -> int:
    """Prints what was found; returns the exit code."""
    colour = coloured(args.color)
    text = render(args.format, found, files=files, colour=colour)
    sys.stdout.write(text)
    if args.format == "full":
        gap = "\n" if text else ""
        mended = f"{fixed} mended; " if fixed else ""
        print(f"{gap}{mended}{report.summary(found, files, unread=unread)}")
    return report.exit_code(found, strict=args.strict)
