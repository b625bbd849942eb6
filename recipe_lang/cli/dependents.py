"""Which recipes a file bears on: those whose text names it, by an import or as data, and those that import them."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from recipe_lang.check import guarded
from recipe_lang.check.load import SIZE_LIMIT
from recipe_lang.cli.files import recipes_below
from recipe_lang.source import relative_name

_TEXT = re.compile(r'"([^"\n]+)"')
_PATTERN = re.compile(r"[*?\[]")

FILES = 100_000
"""Of a repository, a home folder perhaps, that are gone through."""

READ = frozenset(
    {
        ".arrow",
        ".csv",
        ".gguf",
        ".jinja",
        ".jinja2",
        ".json",
        ".jsonl",
        ".lock",
        ".parquet",
        ".safetensors",
        ".tsv",
    }
)
"""Endings of what a recipe reads: data, chat templates, models and its lock."""


def is_recipe(path: Path) -> bool:
    """Whether a file that was named is to be checked itself, and not only what reads it."""
    return path.suffix.lower() not in READ


def dependents(changed: Collection[Path]) -> list[Path]:
    """Recipes of the files' repositories that a change in them may break, the files themselves aside.

    A text that merely mentions a file counts too: a recipe is checked in vain then. In a repository of very many files
    those that a walk meets late are left to who names a folder.
    """
    given = {_absolute(path) for path in changed}
    recipes = {each for root in {guarded.home(path) for path in changed} for each in _below(root)}
    texts = {each: list(_named(each)) for each in recipes}
    found, new = set(given), given
    while new:
        locked = {path.removesuffix(".lock") for path in new if path.endswith(".ift.lock")} & recipes
        new = {each for each, names in texts.items() if _means_one(names, new)} | locked
        new -= found
        found |= new
    here = Path.cwd()
    return [Path(relative_name(Path(path), here)) for path in sorted(found - given)]


def _below(root: Path) -> Iterator[str]:
    """The recipes that may import one of a folder: all of a repository, else its neighbours."""
    inside = recipes_below(root, FILES) if (root / ".git").exists() else sorted(root.glob("*.ift"))
    return (_absolute(recipe) for recipe in inside)


def _named(recipe: str) -> Iterator[str]:
    """Where the texts of a recipe lead, if they are paths."""
    path = Path(recipe)
    try:
        text = guarded.read(path, guarded.home(path), SIZE_LIMIT).decode("utf-8", "replace")
    except OSError:
        return
    for name in _TEXT.findall(text):
        yield os.path.normpath(path.parent / name)


def _means_one(names: Collection[str], paths: Collection[str]) -> bool:
    """Whether a text is one of the paths; of data it may be a pattern, or a folder above it."""
    data = [path for path in paths if not path.endswith(".ift")]
    above = {str(folder) for path in data for folder in Path(path).parents}
    return any(
        name in paths or name in above or (_PATTERN.search(name) and any(fnmatchcase(path, name) for path in data))
        for name in names
    )


def _absolute(path: Path) -> str:
    return os.path.normpath(path.absolute())
