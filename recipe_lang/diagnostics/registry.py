"""The codes: one page each under `explain/`, read when asked for.

A page states its severity, the stage that sees the problem, whether `# allow CODE: reason` accepts it, then prose
and two examples. Pages are data: `ift explain` prints them, SARIF lists them as rules, the tests run their examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from recipe_lang.diagnostics.model import Severity

Stage = Literal["check", "data", "run", "command"]
"""What sees the problem: a static check, the data's rows, a run, or a command with its arguments."""

FOLDER = Path(__file__).parent / "explain"

_TITLE = re.compile(r"# (?P<code>IFT\d{3}): (?P<title>.+)")
_FENCE = re.compile(r"^```(?P<language>\w+)(?: +(?P<name>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ExampleFile:
    language: str
    """`ift` and data formats are files; `console` is the command that shows the problem."""
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    code: str
    title: str
    severity: Severity
    stage: Stage
    acceptable: bool
    """Whether `# allow CODE: reason` accepts it."""
    body: str
    bad: tuple[ExampleFile, ...]
    good: tuple[ExampleFile, ...]
    text: str
    """The page as it is written."""


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
    head, body, bad, good = _sections(text, code)
    title = _TITLE.fullmatch(head[0])
    if title is None or title["code"] != code:
        raise BrokenPage(f"{code}: the first line must be `# {code}: title`")
    facts = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
    if list(facts) != ["severity", "seen by", "accept"]:
        raise BrokenPage(f"{code}: `severity`, `seen by` and `accept` must follow the title")
    for name, allowed in (("severity", get_args(Severity)), ("seen by", get_args(Stage)), ("accept", ("yes", "no"))):
        if facts[name] not in allowed:
            raise BrokenPage(f"{code}: `{name}` must be one of {', '.join(allowed)}")
    return Page(
        code=code,
        title=title["title"],
        severity=cast(Severity, facts["severity"]),
        stage=cast(Stage, facts["seen by"]),
        acceptable=facts["accept"] == "yes",
        body=body,
        bad=_files(bad),
        good=_files(good),
        text=text,
    )


def _sections(text: str, code: str) -> tuple[list[str], str, str, str]:
    prose, found, examples = text.partition("\n## Bad\n")
    bad, good_found, good = examples.partition("\n## Good\n")
    if not (found and good_found):
        raise BrokenPage(f"{code}: the sections `## Bad` and `## Good` must follow the prose")
    lines = [line for line in prose.split("\n")[:6] if line.strip()][:4]
    _, _, body = prose.partition(lines[-1])
    return lines, body.strip(), bad, good


def _files(section: str) -> tuple[ExampleFile, ...]:
    """Fenced blocks as files; an unnamed `ift` block is `recipe.ift`."""
    return tuple(
        ExampleFile(m["language"], m["name"] or f"recipe.{m['language']}", m["text"]) for m in _FENCE.finditer(section)
    )
