"""A name misspelt where it is declared: its uses agree with each other, and one report at the declaration says so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from recipe_lang.check.load import Unit
from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems.names import misdeclared
from recipe_lang.syntax import tree

UNKNOWN_NAMES = ("IFT201", "IFT205", "IFT206", "IFT207", "IFT403")
_WORD = re.compile(r"[A-Za-z_]\w*")

Key = tuple[str, str, str]
"""A file, the word that stands in it, and the declared word that it was taken for."""


def at_declarations(found: Iterable[Diagnostic], units: Iterable[Unit]) -> list[Diagnostic]:
    """The diagnostics, with one in place of several that take the same unknown word for a name which nothing uses.

    A fix of each use would spread the mistake, which is as likely to stand in the declaration; the fix of a
    single use is not safe either.
    """
    found = list(found)
    groups: dict[Key, list[Diagnostic]] = {}
    for diagnostic in found:
        if (key := _key(diagnostic)) is not None:
            groups.setdefault(key, []).append(diagnostic)
    files = {unit.source.name: unit for unit in units}
    for (file, used, declared), uses in groups.items():
        place = _lone_declaration(files[file], declared) if file in files else None
        if place is not None:
            found = [each for each in found if each not in uses]
            found.append(misdeclared(uses, declared, used, place) if len(uses) > 1 else _unsafe(uses[0]))
    return found


def _unsafe(use: Diagnostic) -> Diagnostic:
    return replace(use, fix=replace(use.fix, safe=False)) if use.fix else use


def _key(diagnostic: Diagnostic) -> Key | None:
    fix = diagnostic.fix
    if diagnostic.code not in UNKNOWN_NAMES or fix is None or len(fix.edits) != 1 or not fix.safe:
        return None
    place = fix.edits[0].place
    return place.file, place.source.slice(place.span), fix.edits[0].text


def _lone_declaration(unit: Unit, name: str) -> Place | None:
    """Where a file declares a name that stands nowhere else in it, comments aside."""
    declared = [each.span for each in _declarations(unit.tree.body) if each.text == name]
    if len(declared) != 1 or _words(unit)[name] != 1:
        return None
    return Place(unit.source, declared[0])


def _words(unit: Unit) -> Counter[str]:
    texts = (str(token) for token in unit.tree.tokens if token.type in ("NAME", "TEXT", "TEXT_BLOCK"))
    return Counter(word for text in texts for word in _WORD.findall(text))


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
