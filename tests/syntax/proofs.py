"""The three proofs of the formatter: the same meaning, a fixed point, the same comments."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from recipe_lang.source import Source
from recipe_lang.syntax import parse
from recipe_lang.syntax.formatter import format_file
from recipe_lang.syntax.tree import File

LAYOUT = {"span", "starts", "offsets", "block", "complete", "broken"}
"""Fields of nodes that say where and in which of several ways something is written."""


def meaning(node: object) -> object:
    """What is written, without places, comments and layout: equal for equal recipes."""
    if isinstance(node, File):
        return meaning(node.body)
    if isinstance(node, tuple):
        return tuple(map(meaning, node))
    if not is_dataclass(node):
        return node
    return type(node), *(meaning(getattr(node, each.name)) for each in fields(node) if each.name not in LAYOUT)


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
