"""Diagnostics to render: one text with everything that makes rendering hard."""

from __future__ import annotations

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Place
from recipe_lang.source import Source, Span

RECIPE = Source(
    "recipes/clinical.ift",
    'dataset visits {\n  columns {\n    dialogue = text\n  }\n}\n\ntemplate brief for visits {\n  prompt = """\n'
    '    {{ dialog }}\n    """\n}\n',
)


def block(text: str) -> str:
    """A text written as an indented block between two lines of quotes: eight spaces off every line."""
    return "".join(line[8:] + "\n" for line in text.split("\n")[1:-1])


def place(words: str, source: Source = RECIPE) -> Place:
    """The first occurrence of some words."""
    start = source.text.index(words)
    return Place(source, Span(start, start + len(words)))


def unknown_column(*related: Label, fix: bool = False) -> Diagnostic:
    at = place("dialog }}")
    at = Place(at.source, Span(at.span.start, at.span.end - 3))
    return Diagnostic(
        "IFT403",
        "error",
        "template `brief` uses `dialog`, which dataset `visits` does not have",
        at,
        "not a column of `visits`",
        related,
        help="did you mean `dialogue`? (text, declared at line 3)",
        fix=Fix("write `dialogue`", (Edit(at, "dialogue"),)) if fix else None,
    )


def simple(source: Source, start: int, end: int, message: str = "", severity="error") -> Diagnostic:
    return Diagnostic("IFT101", severity, "something is wrong", Place(source, Span(start, end)), message)
