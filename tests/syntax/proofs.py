"""The three proofs of the formatter: the same meaning, a fixed point, the same comments."""

from __future__ import annotations

from recipe_lang.source import Source
from recipe_lang.syntax import parse
from recipe_lang.syntax.formatter import format_file
from recipe_lang.syntax.tree import File, meaning


def parsed(text: str | Source) -> File:
    source = Source("recipe.ift", text) if isinstance(text, str) else text
    file, found = parse(source)
    assert found == []
    return file


def comments(file: File) -> list[str]:
    return sorted(comment.text.rstrip() for comment in file.comments)


def prove(text: str | Source) -> str:
    """Formats a recipe, asserts the proofs and returns the canonical text."""
    before = parsed(text)
    canonical = format_file(before)
    after = parsed(canonical)
    assert meaning(before) == meaning(after)
    assert canonical == format_file(after)
    assert comments(before) == comments(after)
    return canonical
