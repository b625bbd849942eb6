"""What was found wrong in rows, gathered until every row has been seen: one diagnostic a mistake, not one a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_PLACES = 5


@dataclass
class Finding:
    count: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)
    """(place, detail) of the first few rows."""


class Findings:
    """Findings by kind and subject (a template, a setting of it, a column …)."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, ...], Finding] = {}

    def add(self, kind: str, *subject: str, place: Callable[[], str], detail: str = "") -> None:
        finding = self.found.setdefault((kind, *subject), Finding())
        finding.count += 1
        if len(finding.examples) < _PLACES:
            finding.examples.append((place(), detail))

    def merge(self, other: Findings) -> None:
        for key, finding in other.found.items():
            own = self.found.setdefault(key, Finding())
            own.count += finding.count
            own.examples = (own.examples + finding.examples)[:_PLACES]

    def to_json(self) -> list[Any]:
        return [[list(key), finding.count, finding.examples] for key, finding in self.found.items()]

    @classmethod
    def from_json(cls, stored: list[Any]) -> Findings:
        findings = cls()
        for key, count, examples in stored:
            findings.found[tuple(key)] = Finding(count, [tuple(example) for example in examples])
        return findings
