"""Diagnostics of several files: each once, counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recipe_lang.diagnostics.head import head
from recipe_lang.diagnostics.model import Diagnostic, Fix


def once(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Without repetitions: a library that several recipes import is reported for the first of them."""
    seen: dict[object, Diagnostic] = {}
    for diagnostic in diagnostics:
        place = diagnostic.place
        where = (place.file, place.span) if place else None
        seen.setdefault((diagnostic.code, where, diagnostic.message), diagnostic)
    return list(seen.values())


def exit_code(diagnostics: Sequence[Diagnostic], *, strict: bool = False) -> int:
    """The largest that the pages of the errors (of warnings too, if strict) state, else 0."""
    counted = ("error", "warning") if strict else ("error",)
    return max((head(d.code).exit_code for d in diagnostics if d.severity in counted), default=0)


def summary(diagnostics: Sequence[Diagnostic], files: int, *, unread: bool = False) -> str:
    """One line for people: how many files, how many problems, how many of them `--fix` mends. `unread`: recipes are
    without errors, and their data lies here.
    """
    numbers = {name: sum(d.severity == name for d in diagnostics) for name in ("error", "warning", "note")}
    found = ", ".join(count(number, name) for name, number in numbers.items() if number) or "no problems"
    fixable = sum(d.fix is not None and d.fix.safe and _in_files(d.fix) for d in diagnostics)
    hint = f"; `ift check --fix` mends {fixable}" if fixable else ""
    data = "; `ift check --data` looks at the rows too" if unread else ""
    return f"{count(files, 'file')} checked: {found}{hint}{data}"


def _in_files(fix: Fix) -> bool:
    """A command line is not this command's to change."""
    return all(edit.place.source.path is not None for edit in fix.edits)


def count(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
