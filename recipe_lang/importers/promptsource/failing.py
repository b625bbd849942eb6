"""Templates that were written and do not pass the check."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from recipe_lang.check import check
from recipe_lang.source import Source
from recipe_lang.syntax import parse
from recipe_lang.syntax.tree import Block


def failing(recipe: str) -> dict[str, str]:
    """The first error of each template of a library, by the template's name."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "templates.ift")
        path.write_text(recipe, encoding="utf-8")
        diagnostics = check(path, cwd=path.parent).diagnostics
    blocks = [each for each in parse(Source("templates.ift", recipe))[0].body.items if isinstance(each, Block)]
    found: dict[str, str] = {}
    for problem in diagnostics:
        if problem.severity == "error" and problem.place is not None:
            at = problem.place.span.start
            names = (b.name.text for b in blocks if b.kind.text == "template" and b.span.start <= at < b.span.end)
            for name in names:
                found.setdefault(name, f"{problem.code}, {problem.message}")
    return found
