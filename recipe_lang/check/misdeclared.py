"""A name misspelt where it is declared: its uses agree with each other, and one report at the declaration says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from recipe_lang.check.load import Unit
from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems.names import misdeclared
from recipe_lang.syntax import tree


@dataclass(frozen=True, slots=True)
class Misspelling:
    """A declared name that nothing uses, and the unknown word that was taken for it."""

    declared: str
    used: str
    place: Place
    """The declaration's."""

    def shown_by(self, uses: Sequence[Diagnostic]) -> Diagnostic:
        """One report for all uses of the unknown word.

        A fix of each would spread the mistake, which is as likely to stand in the declaration; the fix of a single
        one is not safe either.
        """
        if len(uses) > 1:
            return misdeclared(uses, self.declared, self.used, self.place)
        (use,) = uses
        return replace(use, fix=replace(use.fix, safe=False)) if use.fix else use


def misspelling(diagnostic: Diagnostic, unit: Unit) -> Misspelling | None:
    """What an unknown name of a file follows from, where the name that is probably meant stands nowhere else in it."""
    fix = diagnostic.fix
    if fix is None or not fix.declared or not fix.safe:
        return None
    (edit,) = fix.edits
    declared = [name.span for name in _declarations(unit.tree.body) if name.text == edit.text]
    if len(declared) != 1 or unit.words[edit.text] != 1:
        return None
    return Misspelling(edit.text, edit.place.source.slice(edit.place.span), Place(unit.source, declared[0]))


def _declarations(body: tree.Body) -> Iterator[tree.Name]:
    """Blocks, parameters, imports, and what datasets declare inside themselves."""
    for item in body.items:
        match item:
            case tree.Import(alias=alias):
                yield alias
            case tree.Setting(path=path) if len(path.parts) == 1:
                yield path.parts[0]
            case tree.Block(name=name, kind=kind, body=inside):
                if name is not None:
                    yield name
                if kind.text == "dataset":
                    for inner in inside.blocks:
                        yield from (s.path.parts[0] for s in inner.body.settings if len(s.path.parts) == 1)
