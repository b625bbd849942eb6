"""What was found wrong in rows, gathered until every row has been seen: one diagnostic a mistake, not one a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from runtime.data.splits.select import Row

_PLACES = 5


@dataclass
class Finding:
    count: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)
    """(place, detail) of the first few rows."""


class Findings:
    """Findings by kind and subject (a template, a setting of it, a column …)."""

    def __init__(self) -> None:
        self.by_subject: dict[tuple[str, ...], Finding] = {}

    def add(self, kind: str, *subject: str, row: Row, detail: str = "") -> None:
        finding = self.by_subject.setdefault((kind, *subject), Finding())
        finding.count += 1
        if len(finding.examples) < _PLACES:
            finding.examples.append((row.place, detail))

    def merge(self, other: Findings) -> None:
        for key, finding in other.by_subject.items():
            total = self.by_subject.setdefault(key, Finding())
            total.count += finding.count
            total.examples = (total.examples + finding.examples)[:_PLACES]

    def to_json(self) -> list[Any]:
        return [[list(key), finding.count, finding.examples] for key, finding in self.by_subject.items()]

    @classmethod
    def from_json(cls, stored: list[Any]) -> Findings:
        findings = cls()
        for key, count, examples in stored:
            findings.by_subject[tuple(key)] = Finding(count, [tuple(example) for example in examples])
        return findings
