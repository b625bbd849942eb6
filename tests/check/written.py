"""Recipes as tests write them: texts to files in a repository of their own, and what a check says about them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from recipe_lang.check import Checked, check
from recipe_lang.diagnostics.model import Diagnostic


def write(folder: Path, text: str, **files: str) -> Path:
    """`recipe.ift` and further files (`tasks=…` is `tasks.ift`); returns the recipe's path."""
    (folder / ".git").mkdir(exist_ok=True)
    for name, content in {"recipe": text, **files}.items():
        path = folder / f"{name}.ift"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(content), encoding="utf-8")
    return folder / "recipe.ift"


def checked(folder: Path, text: str, *overrides: str, variant: str | None = None, **files: str) -> Checked:
    """What reading finds; the rules across settings (codes from 400 on) have tests of their own."""
    result = check(write(folder, text, **files), overrides=overrides, variants=[variant] if variant else [], cwd=folder)
    result.diagnostics = [diagnostic for diagnostic in result.diagnostics if diagnostic.code[3] in "0123"]
    return result


def said(result: Checked) -> list[tuple[str, str]]:
    """Code and marked text of every diagnostic."""
    return [(diagnostic.code, marked(diagnostic)) for diagnostic in result.diagnostics]


def marked(diagnostic: Diagnostic) -> str:
    place = diagnostic.place
    return place.source.slice(place.span) if place else ""
