"""The codes: one page each under `explain/`, read when asked for.

A page has a head (`head.py`), prose and two examples, which may change those of a base (`examples.py`). Pages are data:
`ift explain` prints them, SARIF lists them as rules, the tests run their examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from recipe_lang.diagnostics.examples import Files, base, changed, fenced, needed
from recipe_lang.diagnostics.head import FOLDER, BrokenPage, Head, path_of, split


@dataclass(frozen=True)
class Page(Head):
    body: str
    bad: Files
    good: Files
    text: str
    """The page with its examples in full."""


def codes() -> list[str]:
    """All codes, in order."""
    return sorted(path.stem for path in FOLDER.glob("IFT*.md"))


def pages() -> Iterator[Page]:
    for code in codes():
        yield page(code)


@cache
def page(code: str) -> Page:
    """The page of a code. `KeyError` where there is none, `BrokenPage` where it is out of shape."""
    return parse(path_of(code).read_text(encoding="utf-8"), code)


def parse(text: str, code: str) -> Page:
    prose, bad_section, good_section = _sections(text, code)
    head, body = split(prose, code)
    try:
        start = base(head.base) if head.base else ()
        bad = changed(start, bad_section)
        good = changed(bad, good_section)
    except ValueError as error:
        raise BrokenPage(f"{code}: {error}") from None
    if head.base:
        prose = prose.replace(f"\nbase: {head.base}\n", "\n", 1)
    bad, good = needed(bad, start), needed(good, start)
    return Page(
        **vars(head),
        body=body,
        bad=bad,
        good=good,
        text=f"{prose}\n## Bad\n\n{fenced(bad)}\n## Good\n\n{fenced(good)}",
    )


def _sections(text: str, code: str) -> tuple[str, str, str]:
    prose, found, examples = text.partition("\n## Bad\n")
    bad, good_found, good = examples.partition("\n## Good\n")
    if not (found and good_found):
        raise BrokenPage(f"{code}: the sections `## Bad` and `## Good` must follow the prose")
    return prose, bad, good
