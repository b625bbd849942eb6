"""`ift new`: starts a recipe from one of a few, with a little data of its own, so that it can be run as it is."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from recipe_lang.cli.files import write
from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.commands import already_there, not_a_recipe_file, unknown_starter, unusable_name

STARTERS = Path(__file__).parent / "starters"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", help="the recipe to write, such as `recipes/moods.ift`")
    names = ", ".join(starters())
    parser.add_argument(
        "--from", dest="starter", default="answers", metavar="STARTER", help=f"one of {names} (answers)"
    )


def run(args: argparse.Namespace) -> int:
    if args.starter not in starters():
        raise Stop(unknown_starter(args.starter, starters()), exit_code=2)
    if Path(args.path).suffix not in ("", ".ift"):
        raise Stop(not_a_recipe_file(args.path), exit_code=2)
    recipe = Path(args.path).with_suffix(".ift")
    name = recipe.stem
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise Stop(unusable_name(name), exit_code=2)
    data = recipe.parent / "data" / f"{name}.jsonl"
    for path in (recipe, data):
        if path.exists():
            raise Stop(already_there(path.as_posix()))
    write(data, (STARTERS / "data" / f"{args.starter}.jsonl").read_text(encoding="utf-8"))
    write(recipe, _renamed((STARTERS / f"{args.starter}.ift").read_text(encoding="utf-8"), args.starter, name))
    print(f"wrote {recipe.as_posix()} and {data.as_posix()}; run it with: ift-run {recipe.as_posix()}")
    return 0


def starters() -> list[str]:
    return sorted(path.stem for path in STARTERS.glob("*.ift"))


def _renamed(text: str, starter: str, name: str) -> str:
    """A starter is a recipe itself: its name and that of its data are the new one's."""
    return text.replace(f"recipe {starter} {{", f"recipe {name} {{").replace(f"data/{starter}.", f"data/{name}.")
