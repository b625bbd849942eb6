"""`ift new`: starts a recipe from one of a few, with a little data of its own, so that it can be run as it is, or takes
over a published template library."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from recipe_lang.cli.files import write
from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.commands import already_there, not_a_recipe_file, unknown_starter, unusable_name

STARTERS = Path(__file__).parent / "starters"
PROMPTSOURCE = "promptsource"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", nargs="?", help="the recipe to write, such as `recipes/moods.ift`")
    parser.add_argument(
        "--from",
        dest="origin",
        nargs="+",
        default=["answers"],
        metavar=("STARTER", "FILE"),
        help=f"one of {', '.join(starters())} (answers), or promptsource with one of its `templates.yaml`",
    )
    parser.set_defaults(refuse=parser.error)


def run(args: argparse.Namespace) -> int:
    starter, *words = args.origin
    file = words.pop(0) if starter == PROMPTSOURCE and words else None
    paths = [*words, *([args.path] if args.path is not None else [])]
    if len(paths) > 1:
        args.refuse(f"one recipe at a time: {', '.join(paths)}")
    path = paths[0] if paths else None
    if starter == PROMPTSOURCE:
        if file is None:
            args.refuse("which file? `--from promptsource FILE`")
        from recipe_lang.cli.new_promptsource import convert_file

        return convert_file(file, _recipe_path(path) if path is not None else None)
    if starter not in starters():
        raise Stop(unknown_starter(starter, [*starters(), PROMPTSOURCE]), exit_code=2)
    if path is None:
        args.refuse("which recipe is to be written?")
    return _start(starter, _recipe_path(path))


def _recipe_path(path: str) -> Path:
    if Path(path).suffix not in ("", ".ift"):
        raise Stop(not_a_recipe_file(path), exit_code=2)
    recipe = Path(path).with_suffix(".ift")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", recipe.stem):
        raise Stop(unusable_name(recipe.stem), exit_code=2)
    return recipe


def _start(starter: str, recipe: Path) -> int:
    data = recipe.parent / "data" / f"{recipe.stem}.jsonl"
    for path in (recipe, data):
        if path.exists():
            raise Stop(already_there(path.as_posix()))
    write(data, (STARTERS / "data" / f"{starter}.jsonl").read_text(encoding="utf-8"))
    write(recipe, _renamed((STARTERS / f"{starter}.ift").read_text(encoding="utf-8"), starter, recipe.stem))
    print(f"wrote {recipe.as_posix()} and {data.as_posix()}; run it with: ift-run {recipe.as_posix()}")
    return 0


def starters() -> list[str]:
    return sorted(path.stem for path in STARTERS.glob("*.ift"))


def _renamed(text: str, starter: str, name: str) -> str:
    """A starter is a recipe itself: its name and that of its data are the new one's."""
    return text.replace(f"recipe {starter} {{", f"recipe {name} {{").replace(f"data/{starter}.", f"data/{name}.")
