"""Rows side by side: what the untouched model and the tuned one wrote to the same prompt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from recipe_lang.program.predictions import Prediction
from recipe_lang.program.results import Evaluation, Results
from runtime.base.records import read_lines
from runtime.report.numbers import figure

SAMPLES = 10
EXTREMES = 3
"""Rows shown at either end."""


class Pair(NamedTuple):
    """A task at the same number of exemplars; `before` is None where the model was not trained."""

    before: Evaluation | None
    after: Evaluation


class Row(NamedTuple):
    before: Prediction | None
    after: Prediction
    before_score: str
    after_score: str
    rank: float | None
    """The gain, or the score of a model that was not trained."""


class SideBySide(NamedTuple):
    task: str
    both: bool
    """The untouched model stands beside the other."""
    samples: list[Row]
    inverted: list[Row]
    best: list[Row]
    """The largest gains first; of a model that was not trained, its best rows."""
    worst: list[Row]
    lost: bool
    """Some of the worst rows got worse."""


class Cell(NamedTuple):
    count: int
    share: float
    right: bool


class Confusion(NamedTuple):
    """Reference by answer, counted."""

    task: str
    phase: str
    labels: list[str]
    lines: list[tuple[str, list[Cell], int]]
    """Reference, a cell for each answer, rows."""


def first_draw(folder: Path, one: Evaluation) -> list[Prediction]:
    """Those of the first draw of exemplars, in the order of the file."""
    return [row for row in read_lines(folder, one.predictions, Prediction) if row.draw == 0]


def by_id(rows: Sequence[Prediction], *, inverted: bool = False) -> dict[str, Prediction]:
    """Rows of direct templates, or of inverted ones; a task that has only inverted ones counts as direct."""
    apart = {row.id: row for row in rows if row.inverted}
    rest = {row.id: row for row in rows if row.id not in apart}
    return (apart if rest else {}) if inverted else (rest or apart)


def side_by_side(results: Results, folder: Path) -> Iterator[SideBySide]:
    """For each task: ten samples and, where rows have scores, the largest gains and losses; of a model that was not
    trained, its best and worst rows."""
    for before, after in compared(results):
        files = [first_draw(folder, one) if one else [] for one in (before, after)]
        sides = [by_id(rows) for rows in files]
        binary = all(row.scores.get(after.main) in (0, 1) for row in sides[1].values())
        rows = [_row(sides[0].get(name), row, after.main, binary) for name, row in sides[1].items()]
        apart = [by_id(rows, inverted=True) for rows in files]
        inverted = [_row(apart[0].get(name), row, after.main, binary) for name, row in apart[1].items()]
        sign, both = 1 if after.figure.better == "more" else -1, before is not None
        worst, best = _extremes(rows, sign, both=both) if len(rows) > SAMPLES else ([], [])
        yield SideBySide(
            task=after.task,
            both=both,
            samples=rows[:SAMPLES],
            inverted=inverted[:EXTREMES],
            best=best,
            worst=worst,
            lost=bool(worst) and sign * worst[0].rank < 0,
        )


def _extremes(rows: Sequence[Row], sign: int, *, both: bool) -> tuple[list[Row], list[Row]]:
    """The rows at either end, the farthest first. A row that tuning left as it was is at none, nor is any where all are
    alike."""
    ranked = sorted((row for row in rows if row.rank is not None), key=lambda row: sign * row.rank)
    worst, best = ranked[:EXTREMES], ranked[::-1][:EXTREMES]
    if both:
        return [row for row in worst if row.rank], [row for row in best if row.rank]
    return (worst, best) if ranked and worst[0].rank != best[0].rank else ([], [])


def compared(results: Results) -> list[Pair]:
    """Tuned models with their untouched ones; without training, the models that were evaluated."""
    base = {one.key: one for one in reversed(results.evaluations) if one.phase == "base"}
    tuned = [Pair(base.get(one.key), one) for one in results.evaluations if one.phase == "tuned"]
    return tuned or [Pair(None, one) for one in results.evaluations if one.phase == "base"]


def _score(metric: str, score: float | None, binary: bool) -> str:
    if score is None:
        return ""
    return ("right" if score else "wrong") if binary else f"{metric} {figure(score)}"


def _row(before: Prediction | None, after: Prediction, metric: str, binary: bool) -> Row:
    scores = [side.scores.get(metric) if side else None for side in (before, after)]
    gain = None if None in scores else scores[1] - scores[0]
    shown = [_score(metric, score, binary) for score in scores]
    return Row(before, after, *shown, rank=scores[1] if before is None else gain)


def confusions(results: Results, folder: Path) -> Iterator[Confusion]:
    for pair in compared(results):
        for one in pair:
            if one and (found := confusion(one, list(by_id(first_draw(folder, one)).values()))):
                yield found


def confusion(one: Evaluation, predictions: Sequence[Prediction]) -> Confusion | None:
    """None where not every row has the same few choices."""
    labels = {tuple(choice.text for choice in row.choices) for row in predictions}
    if len(labels) != 1 or not 2 <= len(names := list(labels.pop())) <= 12:
        return None
    counts = Counter((row.reference, row.text) for row in predictions)
    lines = []
    for wanted in names:
        total = sum(counts[wanted, given] for given in names)
        cells = [Cell(count := counts[wanted, given], count / max(total, 1), wanted == given) for given in names]
        lines.append((wanted, cells, total))
    return Confusion(one.task, one.phase, names, lines)
