"""The one `Diagnostic` type, shared by the compiler (which has source text) and the engine (which has a plan)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from recipe_lang.diagnostics.head import Severity, head
from recipe_lang.source import Source, Span


@dataclass(frozen=True, slots=True)
class Place:
    """A range in a text: what a caret points at."""

    source: Source
    span: Span

    @property
    def file(self) -> str:
        return self.source.name


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that explains the first one, such as "first declared here"."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces the text at a place."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that cure the problem. `safe` ones keep the meaning of everything else: `ift check --fix` applies them."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True
    declared: bool = False
    """Whether it writes a name that the recipe declares: the mistake may be in the declaration."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake, reported once.

    `message` stands on its own, in one line. `label` is the short text beside the caret. `place` is the smallest
    text whose change mends it. The engine has no text: it leaves `place` empty and sets `pointer`, a JSON pointer
    into the plan's `program`, and `recipe_lang.plan.origins` finds the place.
    """

    code: str
    severity: Severity
    message: str
    place: Place | None = None
    label: str = ""
    related: tuple[Label, ...] = ()
    help: str | None = None
    fix: Fix | None = None
    pointer: str | None = None
    help_wanted: bool = False
    """Whether the cure hangs on what belongs at the place: whoever reads a value there may know it better."""
    passing: bool = False
    """Whether it may be so for now only: what looks at the data itself knows better."""
    variant: str | None = None
    """The variant, not the chosen one, that brings it about: it stands in no one's way until that is chosen."""

    def at(self, place: Place) -> Diagnostic:
        return replace(self, place=place)


def problem(
    code: str,
    message: str,
    where: Place | str | None = None,
    help: str | None = None,
    *,
    label: str = "",
    related: tuple[Label, ...] = (),
    fix: Fix | None = None,
    help_wanted: bool = False,
    passing: bool = False,
) -> Diagnostic:
    """A diagnostic that is as severe as the page of its code says.

    `where`: a place in a text; from the engine, which has no text, a JSON pointer into the plan's `program`.
    """
    place, pointer = (None, where) if isinstance(where, str) else (where, None)
    severity = head(code).severity
    return Diagnostic(code, severity, message, place, label, related, help, fix, pointer, help_wanted, passing)


class Stop(Exception):
    """Ends a command because of something that the user can mend: the diagnostics say what.

    `exit_code` is the command's: 1 for a recipe or its data, 4 for a run that failed.
    """

    def __init__(self, *diagnostics: Diagnostic, exit_code: int = 1) -> None:
        super().__init__("; ".join(d.message for d in diagnostics))
        self.diagnostics = diagnostics
        self.exit_code = exit_code


def has_errors(diagnostics: list[Diagnostic]) -> bool:
    return any(d.severity == "error" for d in diagnostics)
