"""Tasks of classes: how often each was wanted and answered, how well it was found, and what was taken for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from recipe_lang.program.predictions import Prediction
from recipe_lang.program.results import Evaluation, Results
from runtime.report.numbers import figure, percent
from runtime.report.rows import by_id, compared, first_draw

FEW = 12
"""Classes up to which all their confusions are shown as a matrix."""
FREQUENT = 10
"""Confusions that are listed for each model."""
NONE = "(no class)"
"""Stands for answers that are no class of the data."""


class Cell(NamedTuple):
    count: int
    share: float
    right: bool


class Matrix(NamedTuple):
    """Reference by answer, counted, of one model."""

    phase: str
    labels: list[str]
    lines: list[tuple[str, list[Cell], int]]
    """Reference, a cell for each answer, rows."""


class Classes(NamedTuple):
    task: str
    count: int
    phases: list[str]
    lines: list[tuple[str, str, list[tuple[str, str, str, str]]]]
    """Class, rows that want it; for each phase answers, precision, recall and F1. The most wanted first."""
    matrices: list[Matrix]
    """Empty where there are many classes."""
    confusions: list[tuple[str, list[tuple[str, str, str]]]]
    """Phase; reference, answer and rows of what was confused most often."""


def classes(results: Results, folder: Path) -> Iterator[Classes]:
    """Of each task whose rows share their choices, or have references that repeat and answers that are right or
    wrong."""
    for pair in compared(results):
        sides = [(one, list(by_id(first_draw(folder, one)).values())) for one in pair if one]
        labels = _labels(*sides[-1], {_wanted(row) for _, rows in sides for row in rows})
        if labels:
            counts = {one.phase: _counted(rows, labels) for one, rows in sides}
            yield _classes(pair.after.task, labels, counts)


def _labels(one: Evaluation, rows: Sequence[Prediction], every: set[str]) -> list[str]:
    """The classes in the order of the first row's choices, or else of the alphabet; none where a task has none.
    `every`: what any of the models was wanted to answer."""
    offered = {frozenset(choice.text for choice in row.choices) for row in rows}
    read = any(row.expected != row.references for row in rows)
    if len(offered) == 1 and len(*offered) > 1 and not read:
        return list(dict.fromkeys(choice.text.strip() for choice in rows[0].choices))
    wanted = Counter(_wanted(row) for row in rows)
    right_or_wrong = all(row.scores.get(one.main) in (0, 1) for row in rows)
    closed = any(name.startswith(("macro_f1", "mcc")) for name in one.metrics)
    repeated = right_or_wrong and 2 * len(wanted) <= len(rows)
    return sorted(every) if len(wanted) > 1 and (closed or repeated) else []


def _wanted(row: Prediction) -> str:
    """Of several references the one that was answered, or else the first."""
    expected = [text.strip() for text in row.expected or row.references]
    given = (row.answer or "").strip()
    return given if given in expected else next(iter(expected), "")


def _counted(rows: Sequence[Prediction], labels: Sequence[str]) -> Counter[tuple[str, str]]:
    """(reference, answer) → rows."""
    known = {label: label for label in labels}
    given = [(row.answer or "").strip() for row in rows]
    return Counter(
        (known.get(_wanted(row), NONE), known.get(text, NONE)) for row, text in zip(rows, given, strict=True)
    )


def _classes(task: str, labels: Sequence[str], counts: Mapping[str, Counter[tuple[str, str]]]) -> Classes:
    asked, given = ({phase: Counter[str]() for phase in counts} for _ in range(2))
    for phase, found in counts.items():
        for (reference, answer), rows in found.items():
            asked[phase][reference] += rows
            given[phase][answer] += rows
    wanted = list(asked.values())[-1]  # where a row has several references, each model may be held to another one
    names = [*labels, *[NONE] * any(found[NONE] for found in (*asked.values(), *given.values()))]
    total, lines = wanted.total(), []
    for name in sorted(names, key=lambda name: -wanted[name]):
        sides = [
            _line(asked[phase][name], given[phase][name], found[name, name], total) for phase, found in counts.items()
        ]
        lines.append((name, _of(wanted[name], total), sides))
    matrices = [_matrix(phase, labels, names, found) for phase, found in counts.items() if len(labels) <= FEW]
    confused = [(phase, _confused(found)) for phase, found in counts.items()]
    return Classes(task, len(labels), list(counts), lines, matrices, confused)


def _line(wanted: int, given: int, hits: int, rows: int) -> tuple[str, str, str, str]:
    """Answers, precision, recall and F1; a dash where one is not defined."""
    shares = ((hits, given), (hits, wanted), (2 * hits, wanted + given))
    return (_of(given, rows), *(figure(part / whole if wanted and whole else None) for part, whole in shares))


def _of(part: int, rows: int) -> str:
    return f"{part:,} ({percent(round(part / max(rows, 1), 3))})"


def _matrix(phase: str, labels: Sequence[str], names: Sequence[str], found: Counter[tuple[str, str]]) -> Matrix:
    lines = []
    for wanted in labels:
        total = sum(found[wanted, given] for given in names)
        counts = [(found[wanted, given], wanted == given) for given in names]
        lines.append((wanted, [Cell(count, count / max(total, 1), right) for count, right in counts], total))
    return Matrix(phase, list(names), lines)


def _confused(found: Counter[tuple[str, str]]) -> list[tuple[str, str, str]]:
    apart = Counter({pair: rows for pair, rows in found.items() if pair[0] != pair[1]})
    return [(wanted, given, f"{rows:,}") for (wanted, given), rows in apart.most_common(FREQUENT)]
