"""What is reported, one report a mistake: what follows from another one is marked as it comes in.

Its cause is a text that the parser could not read as it is written, or a declaration that its uses show to be misspelt.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recipe_lang.check.load import Unit
from recipe_lang.check.misdeclared import Misspelling, misspelling
from recipe_lang.diagnostics.model import Diagnostic, Label, Place
from recipe_lang.diagnostics.problems.names import IN_QUOTES, as_text
from recipe_lang.source import Source, Span

if TYPE_CHECKING:
    from recipe_lang.program.block import Block

_NAME = re.compile(r"`([\w.]+)`")

REPORT_LIMIT = 200
"""A recipe with more problems than this is read no further."""


class Enough(Exception):
    """Ends a check that has found more than anyone reads."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why the recipe is read once more: a variant that was not chosen, or a combination of the sweep."""

    block: Place
    label: Label
    variant: str | None = None

    def of(self, diagnostic: Diagnostic) -> Diagnostic:
        """The diagnostic says so itself, unless it stands where the change is written."""
        place = diagnostic.place
        inside = place is not None and place.source is self.block.source and place.span in self.block.span
        related = diagnostic.related if inside else (*diagnostic.related, self.label)
        return replace(diagnostic, related=related, variant=self.variant)


class Reports:
    """Diagnostics, each once: what is read twice (a parameter, a variant) is reported once."""

    def __init__(self, units: Iterable[Unit] = ()) -> None:
        self.misread = False
        """Whether names or values could not be read: what would have used a name may be among them."""
        self._units = {unit.source.name: unit for unit in units}
        self._diagnostics: dict[Hashable, Diagnostic] = {}
        self.bases: dict[str, str] = {}
        """Names of heirs, and of what they are like: what differs in these names alone is one mistake."""
        self._said: set[tuple[str, str, object]] = set()
        self._places: set[tuple[str, object]] = set()
        self._settled: set[tuple[str, object]] = set()
        self._unparsed: dict[Source, list[Hashable]] = {}
        """Keys of what the parser could not read."""
        self._uses: dict[Misspelling, list[Diagnostic]] = {}
        self._occasion: Occasion | None = None
        for unit in self._units.values():
            for mistake in unit.mistakes:
                self.unparsed(mistake)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._diagnostics.values())

    def next_reading(self, occasion: Occasion | None) -> None:
        """The recipe is read again as something changes it: what was said of a place is not said in other figures."""
        self._occasion = occasion
        self._settled = set(self._places)

    def unparsed(self, mistake: Diagnostic) -> None:
        """Takes what the parser says: whatever is said of the same text follows from it."""
        key = _key(mistake)
        if mistake.place is not None and key not in self._diagnostics:
            self.misread = True
            self._diagnostics[key] = mistake
            self._unparsed.setdefault(mistake.place.source, []).append(key)

    def unread(self, diagnostic: Diagnostic) -> None:
        """Takes what is said while names and values are read."""
        self.misread |= diagnostic.severity == "error"
        self(diagnostic)

    def __call__(self, diagnostic: Diagnostic) -> None:
        code, _, where = key = _key(diagnostic)
        if key in self._said or (code, where) in self._settled:
            return
        alike = (code, _NAME.sub(self._as_base, diagnostic.message), where)
        if self.bases and alike in self._said:
            return
        self._said |= {key, alike}
        self._places.add((code, where))
        if self._follows(diagnostic):
            return
        diagnostic = self._occasion.of(diagnostic) if self._occasion else diagnostic
        cause = self._misspelling(diagnostic)
        if cause is None:
            self._add(key, diagnostic)
        else:
            uses = self._uses.setdefault(cause, [])
            uses.append(diagnostic)
            self._add(cause, cause.shown_by(uses))

    def _as_base(self, name: re.Match[str]) -> str:
        return f"`{self.bases.get(name[1], name[1])}`"

    def of_heir(self, heir: Block, base: Block | None, diagnostic: Diagnostic) -> None:
        """Takes what is said of a block that is like another one, not again what is wrong with that one already. What
        stands in the text of that one says whose it is here."""
        place, node, head = diagnostic.place, heir.text, heir.place()
        inside = place is None or (place.source is heir.scope.source and place.span in node.span)
        same = base.place() if base and place == head else place
        if (same is not place or not inside) and (diagnostic.code, _where(same)) in self._places:
            return
        if not inside:
            label = Label(heir.scope.place(node.header), f"taken over by `{node.name.text}`")
            fix = diagnostic.fix and replace(diagnostic.fix, safe=False)  # others have the text too
            diagnostic = replace(diagnostic, related=(*diagnostic.related, label), fix=fix)
        self(diagnostic)

    def expected(self, source: Source, span: Span, what: str) -> None:
        """Takes what belongs where the parser could not read a value, in words."""
        for key, mistake in self._parsed_badly(source):
            if mistake.help_wanted and not mistake.help and span.start <= mistake.place.span.start <= span.end:
                self._diagnostics[key] = replace(mistake, help=what)

    def _follows(self, diagnostic: Diagnostic) -> bool:
        """Whether the text could not be read as it is written; what is said of it then may know the cure."""
        place, follows = diagnostic.place, False
        for key, mistake in self._parsed_badly(place.source) if place else ():
            span = mistake.place.span
            if place.span in span or span in place.span:
                follows = True
                if mistake.help_wanted and place.span == span and diagnostic.fix and diagnostic.fix.title == IN_QUOTES:
                    self._diagnostics[key] = as_text(mistake)
        return follows

    def _parsed_badly(self, source: Source) -> list[tuple[Hashable, Diagnostic]]:
        return [(key, self._diagnostics[key]) for key in self._unparsed.get(source, ())]

    def _misspelling(self, diagnostic: Diagnostic) -> Misspelling | None:
        unit = diagnostic.place and self._units.get(diagnostic.place.file)
        return misspelling(diagnostic, unit) if unit else None

    def _add(self, key: Hashable, diagnostic: Diagnostic) -> None:
        if key not in self._diagnostics and len(self._diagnostics) >= REPORT_LIMIT:
            last, reported = next(reversed(self._diagnostics.items()))
            end = f"the check ends here, after {REPORT_LIMIT} problems: mend these first"
            self._diagnostics[last] = replace(reported, help=end)
            raise Enough
        self._diagnostics[key] = diagnostic


def _key(diagnostic: Diagnostic) -> tuple[str, str, object]:
    return diagnostic.code, diagnostic.message, _where(diagnostic.place)


def _where(place: Place | None) -> object:
    return place and (place.source.name, place.source.text, place.span)
