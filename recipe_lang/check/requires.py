"""`requires` of a recipe and of what it imports: what was written for another version is not read further."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from operator import eq, ge, gt, le, lt, ne

from recipe_lang.check.load import Unit
from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.program.recipe import FORM
from recipe_lang.syntax.tree import Setting, TextValue
from recipe_lang.version import version

_HOLDS = {">=": ge, "<=": le, "==": eq, "!=": ne, ">": gt, "<": lt}
_PART = re.compile(r"\s*([<>=!]+)\s*([\d.]+)")


def unmet(units: Iterable[Unit]) -> Iterator[Diagnostic]:
    """One finding a file. A range that is no range is left to who reads the block."""
    for unit in units:
        headers = (block for block in unit.tree.body.blocks if block.kind.text in ("recipe", "library"))
        for item in (item for block in headers for item in block.body.items):
            if isinstance(item, Setting) and item.path.text == "requires" and isinstance(item.value, TextValue):
                known = version()
                if known and re.match(FORM, item.value.text) and not holds(item.value.text, known):
                    yield problems.other_version(item.value.text, known, Place(unit.source, item.value.span))


def holds(requirement: str, known: str) -> bool:
    """Whether all comparisons hold of a version; missing numbers are zeros.

    >>> holds(">=0.1, <2", "0.1.0"), holds("==0.1", "0.1.0"), holds(">0.9", "0.10.0"), holds(">=99.0", "0.1.0")
    (True, True, True, False)
    """
    return all(
        _HOLDS[sign](_numbers(known), _numbers(number))
        for sign, number in (match.groups() for match in map(_PART.match, requirement.split(",")) if match)
    )


def _numbers(text: str) -> list[int]:
    numbers = [int(number) for number in re.findall(r"\d+", text)[:4]]
    return numbers + [0] * (4 - len(numbers))
