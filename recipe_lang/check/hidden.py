"""Characters that a reviewer does not see, in texts and comments: they turn the direction of what follows (Trojan
Source, CVE-2021-42574), take no room, or drive a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import safety
from recipe_lang.source import Span

if TYPE_CHECKING:
    from recipe_lang.check.load import Unit

_TURN = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NO_ROOM = "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
_DRIVE = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_JOIN = "[\u200c\u200d]"
"""Joiners have their place within words of many scripts and within emoji: between characters that are not ASCII."""
_TAGS = "\U000e0000-\U000e007f\U000e0100-\U000e01ef"
_IDEOGRAPH = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SEEN = f"\U0001f3f4[\U000e0061-\U000e007a]{{2,6}}\U000e007f|[{_IDEOGRAPH}][\U000e0100-\U000e01ef]"
"""Tags spell the flags of regions, and a selector chooses the form of an ideograph: anywhere else they hide a text."""

HIDDEN = re.compile(
    f"(?P<seen>{_SEEN})|[{_TURN}{_NO_ROOM}{_DRIVE}{_TAGS}]|(?<![^\x00-\x7f]){_JOIN}|{_JOIN}(?![^\x00-\x7f])"
)


def hidden_characters(units: Iterable[Unit]) -> Iterator[Diagnostic]:
    """One finding a line. What the syntax refuses as no part of a recipe is said there."""
    for unit in units:
        refused = {mistake.place.span.start for mistake in unit.mistakes if mistake.place is not None}
        lines: dict[int, list[re.Match[str]]] = {}
        for match in HIDDEN.finditer(unit.source.text):
            if not match["seen"] and match.start() not in refused:
                lines.setdefault(unit.source.position(match.start()).line, []).append(match)
        for matches in lines.values():
            names = list(dict.fromkeys(_name(match[0]) for match in matches))
            place = Place(unit.source, Span(matches[0].start(), matches[-1].end()))
            yield safety.hidden_characters(names, ord(matches[0][0]), place)


def _name(character: str) -> str:
    return f"{unicodedata.name(character, 'CONTROL CHARACTER')} (U+{ord(character):04X})"
