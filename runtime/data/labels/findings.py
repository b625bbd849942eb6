"""What was found wrong in rows, gathered until every row has been seen: one diagnostic a mistake, not one a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from runtime.data.splits.select import Row

_PLACES = 5


@dataclass
class Finding:
    count: int = 0
    most: int = 0
    """The greatest amount that a row had: of the tokens that are too many, say."""
    examples: list[tuple[str, str]] = field(default_factory=list)
    """(place, detail) of the first few rows."""


class Findings:
    """Findings by kind and subject (a template, a setting of it, a column …)."""

    def __init__(self) -> None:
        self.by_subject: dict[tuple[str, ...], Finding] = {}

    def add(self, kind: str, *subject: str, row: Row, detail: str = "", amount: int = 0) -> None:
        finding = self.by_subject.setdefault((kind, *subject), Finding())
        finding.count += 1
        finding.most = max(finding.most, amount)
        if len(finding.examples) < _PLACES:
            finding.examples.append((row.place, detail))

    def merge(self, other: Findings) -> None:
        for key, finding in other.by_subject.items():
            total = self.by_subject.setdefault(key, Finding())
            total.count += finding.count
            total.most = max(total.most, finding.most)
            total.examples = (total.examples + finding.examples)[:_PLACES]

    def to_json(self) -> list[Any]:
        return [[list(key), found.count, found.most, found.examples] for key, found in self.by_subject.items()]

    @classmethod
    def from_json(cls, stored: list[Any]) -> Findings:
        findings = cls()
        for key, count, most, examples in stored:
            findings.by_subject[tuple(key)] = Finding(count, most, [tuple(example) for example in examples])
        return findings
