"""Diagnostics of several files: each once, counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recipe_lang.diagnostics.model import Diagnostic, Fix, has_errors

MISUSED = frozenset({"IFT001", "IFT002", "IFT240", "IFT244"})
"""A command that meets one of these ends with exit code 2."""


def once(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Without repetitions: a library that several recipes import is reported for the first of them."""
    seen: dict[object, Diagnostic] = {}
    for diagnostic in diagnostics:
        place = diagnostic.place
        where = (place.file, place.span) if place else None
        seen.setdefault((diagnostic.code, where, diagnostic.message), diagnostic)
    return list(seen.values())


def exit_code(diagnostics: Sequence[Diagnostic], *, strict: bool = False) -> int:
    """70 where a check itself failed, 2 where the command line named what is not there, 1 where there are errors
    (warnings too, if strict), else 0."""
    if any(d.code == "IFT018" for d in diagnostics):
        return 70
    if any(d.code in MISUSED for d in diagnostics):
        return 2
    if has_errors(list(diagnostics)):
        return 1
    return int(strict and any(d.severity == "warning" for d in diagnostics))


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
