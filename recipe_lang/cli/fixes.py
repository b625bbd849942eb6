"""Applies fixes to the text of a file, where the text is no worse for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Place
from recipe_lang.diagnostics.render.json import file_offsets

ROUNDS = 8
"""A fix may uncover another problem with a fix: so often is that followed."""


def mended(stored: str, path: Path, look: Callable[[str], Sequence[Diagnostic]]) -> tuple[str, int]:
    """A file's text as stored with the safe fixes made that leave it no worse, and how many were.

    `look` says what is wrong with a text in the file's place.
    """
    made = 0
    for _ in range(ROUNDS):
        before = look(stored)
        safe = [d.fix for d in before if d.fix and d.fix.safe and _all_in(path, d.fix)]
        good = _good(stored, safe, before, path, look)
        if not good:
            break
        stored, count = apply(stored, good)
        made += count
    return stored, made


def _all_in(path: Path, fix: Fix) -> bool:
    return all(_is_in(path, edit.place) for edit in fix.edits)


def _is_in(path: Path, place: Place) -> bool:
    return place.source.path is not None and place.source.path.resolve() == path.resolve()


def _good(
    stored: str, fixes: list[Fix], before: Sequence[Diagnostic], path: Path, look: Callable[[str], Sequence[Diagnostic]]
) -> list[Fix]:
    """Those of the fixes that together leave the text no worse: all, or the good ones of each half."""
    if not fixes or not _worse(stored, fixes, before, path, look):
        return fixes
    if len(fixes) == 1:
        return []
    half = len(fixes) // 2
    first, second = (_good(stored, some, before, path, look) for some in (fixes[:half], fixes[half:]))
    both = [*first, *second]
    return first if _worse(stored, both, before, path, look) else both


def _worse(
    stored: str, fixes: list[Fix], before: Sequence[Diagnostic], path: Path, look: Callable[[str], Sequence[Diagnostic]]
) -> bool:
    """Whether nothing went away, more cannot be read than before, or something new is said of a line that was changed;
    what a mistake had hidden elsewhere is no fault of its fix."""
    text, _ = apply(stored, fixes)
    after = look(text)
    old, new = (Counter((d.code, d.message) for d in found) for found in (before, after))
    if not old - new or _unparsed(after) > _unparsed(before):
        return True
    lines = _changed_lines(stored, fixes)
    places = (
        place
        for d in after
        if (d.code, d.message) not in old and not d.passing
        for place in (d.place, *(label.place for label in d.related))
    )
    return any(place and _is_in(path, place) and _lines(place) & lines for place in places)


def _unparsed(found: Sequence[Diagnostic]) -> int:
    return sum(d.code.startswith("IFT1") for d in found)


def _lines(place: Place) -> set[int]:
    first, last = (place.source.position(at).line for at in (place.span.start, place.span.end))
    return {*range(first, last + 1)}


def _changed_lines(stored: str, fixes: list[Fix]) -> set[int]:
    """The lines that hold what fixes have put there, counted in the new text."""
    lines: set[int] = set()
    added = 0
    for start, end, text in sorted(_taken(fixes)[0]):
        first = _ends(stored[:start]) + added + 1
        lines.update(range(first, first + _ends(text) + 1))
        added += _ends(text) - _ends(stored[start:end])
    return lines


def _ends(text: str) -> int:
    """How many lines end in a text as stored."""
    return text.replace("\r\n", "\n").replace("\r", "\n").count("\n")


def apply(stored: str, fixes: Iterable[Fix]) -> tuple[str, int]:
    """A file's text as stored with the fixes made, and how many were.

    A fix is made whole or not at all; one that touches the text of an earlier one is left for the next round.
    """
    taken, made = _taken(fixes)
    for start, end, text in sorted(taken, reverse=True):
        stored = stored[:start] + text + stored[end:]
    return stored, made


def _taken(fixes: Iterable[Fix]) -> tuple[list[tuple[int, int, str]], int]:
    """The edits that are made, of so many fixes."""
    taken: list[tuple[int, int, str]] = []
    made = 0
    for fix in fixes:
        edits = [_stored(edit) for edit in fix.edits]
        if any(_overlap(a, b) for a in edits for b in taken):
            continue
        taken += edits
        made += 1
    return taken, made


def _stored(edit: Edit) -> tuple[int, int, str]:
    return *file_offsets(edit.place), edit.text.replace("\n", edit.place.source.newline)


def _overlap(a: tuple[int, int, str], b: tuple[int, int, str]) -> bool:
    """Whether two ranges share text, or are insertions at one place."""
    return (a[0] < b[1] and b[0] < a[1]) or a[0] == b[0]
