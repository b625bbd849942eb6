"""What a page states above its prose: the title, how severe the problem is, who sees it, whether it can be accepted.

Read alone, and only once there is something to report: a page is long, and a check of a good recipe needs none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Literal, cast, get_args

Severity = Literal["error", "warning", "note"]
Stage = Literal["check", "data", "run", "command"]
"""What sees the problem: a static check, the data's rows, a run, or a command with its arguments."""

FOLDER = Path(__file__).parent / "explain"

_TITLE = re.compile(r"# (?P<code>IFT\d{3}): (?P<title>.+)")
_ALLOWED = {"severity": get_args(Severity), "seen by": get_args(Stage), "accept": ("yes", "no")}
_MORE = ("exit code", "base")
_LINES = 8
"""The title, up to five facts, and a blank line after each."""


class BrokenPage(ValueError):
    """A page that does not have the agreed shape: a mistake in this package."""


@dataclass(frozen=True)
class Head:
    code: str
    title: str
    severity: Severity
    stage: Stage
    acceptable: bool
    """Whether `# allow CODE: reason` accepts it."""
    exit_code: int
    """Of `ift check`, where it is an error: 1; 2 where the command line names what is not there, 70 for our own bug."""
    base: str | None
    """What the examples of the page change."""


@cache
def head(code: str) -> Head:
    """The head of a code's page. `KeyError` where there is none, `BrokenPage` where it is out of shape."""
    with path_of(code).open(encoding="utf-8") as lines:
        return split("".join(islice(lines, _LINES)), code)[0]


def path_of(code: str) -> Path:
    """The file of a code's page. `KeyError` where there is none."""
    path = FOLDER / f"{code}.md"
    if not re.fullmatch(r"IFT\d{3}", code) or not path.is_file():
        raise KeyError(code)
    return path


def split(text: str, code: str) -> tuple[Head, str]:
    """The head, and what follows it."""
    heading, _, rest = text.partition("\n\n")
    title = _TITLE.fullmatch(heading)
    if title is None or title["code"] != code:
        raise BrokenPage(f"{code}: the first line must be `# {code}: title`")
    stated, _, body = rest.partition("\n\n")
    facts = dict(line.split(": ", 1) for line in stated.split("\n") if ": " in line)
    if [name for name in facts if name not in _MORE] != list(_ALLOWED):
        raise BrokenPage(f"{code}: `severity`, `seen by` and `accept` must follow the title")
    for name, allowed in _ALLOWED.items():
        if facts[name] not in allowed:
            raise BrokenPage(f"{code}: `{name}` must be one of {', '.join(allowed)}")
    severity, stage = cast(Severity, facts["severity"]), cast(Stage, facts["seen by"])
    acceptable, exit_code = facts["accept"] == "yes", int(facts.get("exit code", "1"))
    return Head(code, title["title"], severity, stage, acceptable, exit_code, facts.get("base")), body.strip()
