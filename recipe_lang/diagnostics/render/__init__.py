"""One small renderer a format: diagnostics in, text out. Nothing here prints, and no colour is decided here."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Literal

from recipe_lang.diagnostics.model import Diagnostic

Format = Literal["full", "concise", "json", "github", "sarif"]


def render(format: Format, diagnostics: Sequence[Diagnostic], *, files: int = 0, colour: bool = False) -> str:
    """The diagnostics in a format, ending in a newline where there is any text.

    `files` is the number of files looked at, which json states; only full and concise can be coloured.
    """
    renderer = import_module(f"recipe_lang.diagnostics.render.{format}")
    if format in ("full", "concise"):
        return renderer.render(diagnostics, colour=colour)
    if format == "json":
        return renderer.render(diagnostics, files=files)
    return renderer.render(diagnostics)


def cure(diagnostic: Diagnostic) -> str | None:
    """What to do about it: its help, else what its fix would do."""
    return diagnostic.help or (diagnostic.fix.title if diagnostic.fix else None)
