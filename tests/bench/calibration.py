"""How often intervals hold the true figure, and how often verdicts are wrong, on rows that are drawn anew each time.

    python tests/bench/calibration.py [TIMES] [ROWS ...]

Each cell of the table is so many simulated evaluations (2,000), judged by the functions that judge runs. Goals: from
ten rows on, intervals of 95% hold the truth in 93% and more; where the true drop is just the budget, at most 5.5% of
families of tasks have a `forgotten`, and at most 5.5% a `kept`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from recipe_lang.program.metrics import metric_of
from runtime.evaluate.intervals import interval
from runtime.evaluate.metrics import metric
from runtime.evaluate.metrics.metric import Metric
from runtime.evaluate.pairs import differences
from runtime.evaluate.resampling import Groups, groups
from runtime.evaluate.retain import Drop, judge
from runtime.evaluate.suites import Member, average

TIMES = 2_000
ROWS = (5, 10, 20, 50, 200)
TASKS = (1, 4)
COVERAGE, ERROR = 0.93, 0.055
FROM = 10
"""Rows from which coverage is promised."""
BUDGET = 0.05
RESAMPLES = 1_000
"""A tenth of what runs take."""

Draw = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of one kind: `scores` of one model with their `truth`, and `pairs` of two, the second worse by the budget.
    Arrays are (rows, k) and (2, rows, k), statistics of the metric."""

    metric: Metric
    truth: float
    scores: Draw
    pairs: Draw | None
    per_group: int = 1

    def clusters(self, rows: int) -> Groups:
        """So many groups."""
        return groups([str(n // self.per_group) for n in range(rows * self.per_group)])


def _right(rng: np.random.Generator, rows: int) -> np.ndarray:
    return (rng.random((rows, 1)) < 0.3).astype(float)


def _changed(rng: np.random.Generator, rows: int) -> np.ndarray:
    """15% are lost, 10% gained."""
    chance = rng.random((rows, 1))
    return np.stack([chance < 0.55, (chance >= 0.15) & (chance < 0.65)]).astype(float)


def _smooth(rng: np.random.Generator, rows: int) -> np.ndarray:
    return rng.beta(4, 8, (rows, 1))


def _fallen(rng: np.random.Generator, rows: int) -> np.ndarray:
    before = rng.uniform(0.4, 0.6, (rows, 1))
    return np.stack([before, before - rng.uniform(BUDGET - 0.25, BUDGET + 0.25, (rows, 1))])


def _mostly_zero(rng: np.random.Generator, rows: int) -> np.ndarray:
    return np.where(rng.random((rows, 1)) < 0.2, rng.beta(4, 4, (rows, 1)), 0)


def _mostly_same(rng: np.random.Generator, rows: int) -> np.ndarray:
    """A fifth of the rows change, by a quarter on average."""
    before = rng.uniform(0.75, 0.8, (rows, 1))
    change = np.where(rng.random((rows, 1)) < 0.2, rng.uniform(-0.2, 0.7, (rows, 1)), 0)
    return np.stack([before, before - change])


def _grouped(rng: np.random.Generator, rows: int) -> np.ndarray:
    return (rng.random((rows, 5)) < rng.beta(1, 2, (rows, 1))).astype(float).reshape(-1, 1)


def _changed_together(rng: np.random.Generator, rows: int) -> np.ndarray:
    """In an eighth of the groups most rows are lost, in a sixteenth as many are gained."""
    chance, moved = rng.random((rows, 1)), rng.random((rows, 5)) < 0.8
    before, after = ~moved | (chance < 2 / 16) | (chance >= 3 / 16), ~moved | (chance >= 2 / 16)
    return np.stack([before, after]).astype(float).reshape(2, -1, 1)


def _surprise(rng: np.random.Generator, rows: int) -> np.ndarray:
    """Nats and tokens."""
    tokens = rng.integers(20, 60, (rows, 1))
    return np.hstack([tokens * rng.gamma(2, 1, (rows, 1)), tokens])


def kinds() -> dict[str, Kind]:
    em, rouge, perplexity = (metric(metric_of(word)) for word in ("exact_match", "rouge1", "perplexity"))
    return {
        "right or wrong": Kind(em, 0.3, _right, _changed),
        "smooth": Kind(rouge, 1 / 3, _smooth, _fallen),
        "mostly zero": Kind(rouge, 0.1, _mostly_zero, _mostly_same),
        "groups of five": Kind(em, 1 / 3, _grouped, _changed_together, per_group=5),
        "without an end": Kind(perplexity, float(np.exp(2)), _surprise, None),
    }


def coverage(kind: Kind, rows: int, times: int) -> float:
    """How often the interval of a figure holds the truth."""
    rng, clusters = np.random.default_rng(rows), kind.clusters(rows)
    ends = [interval(kind.metric, [kind.scores(rng, rows)], clusters, 0.95, n, RESAMPLES) for n in range(times)]
    return float(np.mean([low <= kind.truth <= high for low, high in ends]))


def false_verdicts(kind: Kind, rows: int, times: int) -> dict[tuple[str, int], float]:
    """How often one task at least has the verdict, though each drop is the budget: by verdict and number of tasks."""
    rng, clusters = np.random.default_rng(rows), kind.clusters(rows)
    found = dict.fromkeys(((verdict, tasks) for verdict in ("forgotten", "kept") for tasks in TASKS), 0)
    for n in range(times):
        drops = []
        for task in range(max(TASKS)):
            sides = [{"": [side]} for side in kind.pairs(rng, rows)]
            pair = differences({"": kind.metric}, sides, clusters, n * max(TASKS) + task, RESAMPLES)[""]
            drops.append(Drop(-pair.difference, BUDGET, pair.drop))
        for tasks in TASKS:
            said = {judged.verdict for judged in judge(drops[:tasks])}
            for verdict in said - {"undecided"}:
                found[verdict, tasks] += 1
    return {key: count / times for key, count in found.items()}


def suite_coverage(kind: Kind, rows: int, times: int, *, shared: bool) -> float:
    """How often the interval of a suite holds the truth: of two tasks that ask the same rows and agree, or of four."""
    rng, names = np.random.default_rng(rows), [str(n) for n in kind.clusters(rows).of]
    hits = 0
    for n in range(times):
        drawn = [kind.scores(rng, rows)] * 2 if shared else [kind.scores(rng, rows) for _ in range(4)]
        sources = ["same"] * 2 if shared else list("abcd")
        members = [Member((s, "test"), names, [(kind.metric, [one])]) for s, one in zip(sources, drawn, strict=True)]
        _, low, high = average([(one, 1 / len(members)) for one in members], 0.95, n, RESAMPLES)
        hits += low <= kind.truth <= high
    return hits / times


def main(times: int, sizes: tuple[int, ...]) -> int:
    missed, drawn = 0, kinds()

    def line(name: str, cells: list[tuple[float, bool]]) -> None:
        nonlocal missed
        missed += sum(not held for _, held in cells)
        print(f"{name:<64}" + "".join(f"{value:8.3f}{' ' if held else '!'}" for value, held in cells), flush=True)

    def covered(cell: Callable[[int], float]) -> list[tuple[float, bool]]:
        return [(value, value >= COVERAGE or rows < FROM) for rows in sizes for value in [cell(rows)]]

    print(f"{'rows':<64}" + "".join(f"{rows:>8} " for rows in sizes))
    for name, kind in drawn.items():
        line(f"coverage, {name}", covered(lambda rows, kind=kind: coverage(kind, rows, times)))
    for name in ("right or wrong", "smooth"):
        for words, shared in (("two tasks, the same rows", True), ("four tasks", False)):
            cell = covered(lambda n, kind=drawn[name], shared=shared: suite_coverage(kind, n, times, shared=shared))
            line(f"coverage, suite of {words}, {name}", cell)
    for name, kind in drawn.items():
        if kind.pairs is None:
            continue
        found = [false_verdicts(kind, rows, times) for rows in sizes]
        for verdict, tasks in found[0]:
            cells = [(one[verdict, tasks], one[verdict, tasks] <= ERROR) for one in found]
            line(f"false `{verdict}`, {tasks} task{'s' * (tasks > 1)}, {name}", cells)
    print(f"{missed} cells miss their goal" if missed else "every cell holds")
    return int(missed > 0)


if __name__ == "__main__":
    arguments = [int(one) for one in sys.argv[1:]] or [TIMES]
    raise SystemExit(main(arguments[0], tuple(arguments[1:]) or ROWS))
