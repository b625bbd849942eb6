"""The codes: one page each under `explain/`, read when asked for.

A page states its severity, the stage that sees the problem, whether `# allow CODE: reason` accepts it, the base that
its examples change (`examples.py`), then prose and the two examples. Pages are data: `ift explain` prints them, SARIF
lists them as rules, the tests run their examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from recipe_lang.diagnostics.examples import Files, base, changed, fenced
from recipe_lang.diagnostics.model import Severity

Stage = Literal["check", "data", "run", "command"]
"""What sees the problem: a static check, the data's rows, a run, or a command with its arguments."""

FOLDER = Path(__file__).parent / "explain"

_TITLE = re.compile(r"# (?P<code>IFT\d{3}): (?P<title>.+)")


@dataclass(frozen=True, slots=True)
class Page:
    code: str
    title: str
    severity: Severity
    stage: Stage
    acceptable: bool
    """Whether `# allow CODE: reason` accepts it."""
    body: str
    bad: Files
    good: Files
    text: str
    """The page with its examples in full."""


class BrokenPage(ValueError):
    """A page that does not have the agreed shape: a mistake in this package."""


def codes() -> list[str]:
    """All codes, in order."""
    return sorted(path.stem for path in FOLDER.glob("IFT*.md"))


def pages() -> Iterator[Page]:
    for code in codes():
        yield page(code)


@cache
def page(code: str) -> Page:
    """The page of a code. `KeyError` where there is none, `BrokenPage` where it is out of shape."""
    path = FOLDER / f"{code}.md"
    if not re.fullmatch(r"IFT\d{3}", code) or not path.is_file():
        raise KeyError(code)
    return parse(path.read_text(encoding="utf-8"), code)


def parse(text: str, code: str) -> Page:
    prose, bad_section, good_section = _sections(text, code)
    title, facts, body = _head(prose, code)
    try:
        bad = changed(base(facts["base"]) if "base" in facts else (), bad_section)
        good = changed(bad, good_section)
    except ValueError as error:
        raise BrokenPage(f"{code}: {error}") from None
    if "base" in facts:
        prose = prose.replace(f"\nbase: {facts['base']}\n", "\n", 1)
    return Page(
        code=code,
        title=title,
        severity=cast(Severity, facts["severity"]),
        stage=cast(Stage, facts["seen by"]),
        acceptable=facts["accept"] == "yes",
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


def _head(prose: str, code: str) -> tuple[str, dict[str, str], str]:
    """Title, facts and body."""
    heading, _, rest = prose.partition("\n\n")
    title = _TITLE.fullmatch(heading)
    if title is None or title["code"] != code:
        raise BrokenPage(f"{code}: the first line must be `# {code}: title`")
    stated, _, body = rest.partition("\n\n")
    facts = dict(line.split(": ", 1) for line in stated.split("\n") if ": " in line)
    if [name for name in facts if name != "base"] != ["severity", "seen by", "accept"]:
        raise BrokenPage(f"{code}: `severity`, `seen by` and `accept` must follow the title")
    for name, allowed in (("severity", get_args(Severity)), ("seen by", get_args(Stage)), ("accept", ("yes", "no"))):
        if facts[name] not in allowed:
            raise BrokenPage(f"{code}: `{name}` must be one of {', '.join(allowed)}")
    return title["title"], facts, body.strip()
