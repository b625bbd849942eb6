"""Applies fixes to the text of a file."""

from __future__ import annotations

from collections.abc import Iterable

from recipe_lang.diagnostics.model import Edit, Fix
from recipe_lang.diagnostics.render.json import file_offsets


def apply(stored: str, fixes: Iterable[Fix]) -> tuple[str, int]:
    """A file's text as stored with the fixes made, and how many were.

    A fix is made whole or not at all; one that touches the text of an earlier one is left for the next round.
    """
    taken: list[tuple[int, int, str]] = []
    made = 0
    for fix in fixes:
        edits = [_stored(edit) for edit in fix.edits]
        if any(_overlap(a, b) for a in edits for b in taken):
            continue
        taken += edits
        made += 1
    for start, end, text in sorted(taken, reverse=True):
        stored = stored[:start] + text + stored[end:]
    return stored, made


def _stored(edit: Edit) -> tuple[int, int, str]:
    return *file_offsets(edit.place), edit.text.replace("\n", edit.place.source.newline)


def _overlap(a: tuple[int, int, str], b: tuple[int, int, str]) -> bool:
    """Whether two ranges share text, or are insertions at one place."""
    return (a[0] < b[1] and b[0] < a[1]) or a[0] == b[0]
