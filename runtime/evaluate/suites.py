"""Suites: benchmarks of several tasks, averaged as their inventors do it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.program import Program
from recipe_lang.program.reach import leaf_tasks, own_shots
from recipe_lang.program.results import Evaluation, Group
from runtime.base.seeds import seed
from runtime.evaluate.metrics.metric import Metric
from runtime.evaluate.predictions import by_draw, direct, read
from runtime.evaluate.resampling import RESAMPLES, Resampled, figures, groups, resamples
from runtime.evaluate.score import metrics_of


@dataclass(frozen=True, slots=True)
class Member:
    """A task in a suite; its figure is the mean of those of its metrics."""

    source: tuple[str, str]
    """Dataset and split."""
    groups: Sequence[str]
    """Of each row."""
    metrics: Sequence[tuple[Metric, Sequence[np.ndarray]]]
    """With the statistics (rows, k) of each draw of exemplars."""

    def figure(self, weights: np.ndarray) -> np.ndarray:
        """Under weights (resamples, rows)."""
        return np.mean([figures(metric, draws, weights) for metric, draws in self.metrics], axis=0)

    @property
    def value(self) -> float:
        return float(self.figure(np.ones((1, len(self.groups))))[0])


Weighted = Sequence[tuple[Member, float]]


def suite_figures(program: Program, block: Evaluate, evaluations: Sequence[Evaluation], folder: Path) -> list[Group]:
    """One for each suite and phase in which all its tasks were evaluated: at the tasks' own numbers of
    exemplars (`shots` is null where those differ), and at each other number that all were asked with."""
    found = []
    written = {one.predictions: one for one in evaluations}

    @cache
    def member(path: str, figure: str) -> Member:
        return _member(program, folder, written[path], figure)

    names = _suites(program, block.tasks)
    for phase in dict.fromkeys(one.phase for one in evaluations):
        asked = {(one.task, one.shots): one.predictions for one in evaluations if one.phase == phase}
        for name in names:
            suite, tasks = program.suites[name], leaf_tasks([name], program)
            own = [(task, own_shots(program, task)) for task in tasks]
            others = [[(task, shots) for task in tasks] for shots in sorted({shots for _, shots in asked})]
            for members in dict.fromkeys(tuple(each) for each in [own, *others] if asked.keys() >= set(each)):
                paths = {task: asked[task, shots] for task, shots in members}
                rows = {task: written[path].rows for task, path in paths.items()}
                weights = _weights(program, name, rows)
                weighted = [(member(paths[task], figure), weight) for (task, figure), weight in weights.items()]
                value, low, high = average(weighted, block.confidence, program.seed)
                shots = {shots for _, shots in members}
                found.append(
                    Group(
                        block=block.name,
                        suite=name,
                        phase=phase,
                        shots=shots.pop() if len(shots) == 1 else None,
                        average=suite.average,
                        figure=suite.figure,
                        tasks=tasks,
                        rows=sum(rows.values()),
                        confidence=block.confidence,
                        value=value,
                        low=low,
                        high=high,
                    )
                )
    return found


def average(members: Weighted, confidence: float, root: int, count: int = RESAMPLES) -> tuple[float, float, float]:
    """The weighted sum with its interval. Members that ask rows of the same groups move together, the others on their
    own: their intervals add up by squares (MOVER, Zou and Donner 2008)."""
    value = below = above = 0.0
    for together in _sharing(members):
        own = math.fsum(weight * member.value for member, weight in together)
        low, high = _resampled(together, root, count).interval(confidence)
        value, below, above = value + own, below + (own - low) ** 2, above + (high - own) ** 2
    return value, value - math.sqrt(below), value + math.sqrt(above)


def _sharing(members: Weighted) -> list[Weighted]:
    """Those with a group in common are put together, be it by way of a third."""
    found: list[tuple[set[tuple[str, str, str]], Weighted]] = []
    for one in members:
        rows, together = {(*one[0].source, name) for name in one[0].groups}, [one]
        for other in [each for each in found if each[0] & rows]:
            found.remove(other)
            rows, together = rows | other[0], [*other[1], *together]
        found.append((rows, together))
    return [together for _, together in found]


def _resampled(members: Weighted, root: int, count: int) -> Resampled:
    """Their weighted sum; a group weighs the same in all of them."""
    stream = seed(root, "suite", *members[0][0].source)
    clusters = groups([name for member, _ in members for name in member.groups])
    ends = np.cumsum([len(member.groups) for member, _ in members])[:-1]
    values = [
        sum(
            weight * member.figure(part)
            for (member, weight), part in zip(members, np.split(rows, ends, 1), strict=True)
        )
        for rows in resamples(clusters, stream, count)
    ]
    fewest = min(len(set(member.groups)) for member, _ in members)
    least, most = sum(weight * np.mean([one.call.ends for one, _ in member.metrics], 0) for member, weight in members)
    return Resampled.of(np.concatenate(values), fewest, (least, most), stream)


def _suites(program: Program, names: Sequence[str]) -> list[str]:
    """The suites among these names and below them, each once."""
    found: dict[str, None] = {}
    for name in names:
        if name in program.suites:
            suite = program.suites[name]
            found |= dict.fromkeys([name, *_suites(program, [m for m in suite.tasks if m not in suite.except_])])
    return list(found)


def _weights(
    program: Program, name: str, rows: Mapping[str, int], left_out: frozenset[str] = frozenset()
) -> dict[tuple[str, str], float]:
    """Of each task below and its figure: as its rows, or alike in its suite (a suite inside a suite is one member).

    `rows`: of the tasks that the outermost suite holds; `left_out`: names that suites around this one take out.
    """
    suite = program.suites[name]
    left_out = left_out.union(suite.except_)

    def held(member: str) -> list[str]:
        return [task for task in leaf_tasks([member], program) if task in rows and task not in left_out]

    if suite.average == "rows":
        own = {task: rows[task] for task in held(name)}
        return {(task, suite.figure): count / sum(own.values()) for task, count in own.items()}
    found: defaultdict[tuple[str, str], float] = defaultdict(float)
    members = [one for one in suite.tasks if one not in left_out and held(one)]
    for one in members:
        inside = _weights(program, one, rows, left_out) if one in program.suites else {(one, suite.figure): 1.0}
        for leaf, weight in inside.items():
            found[leaf] += weight / len(members)
    return found


def _member(program: Program, folder: Path, one: Evaluation, figure: str) -> Member:
    predictions, metrics = direct(read(folder / one.predictions)), metrics_of(program.tasks[one.task])
    draws = [[predictions[row] for row in rows] for rows in by_draw(predictions)]
    return Member(
        source=(program.tasks[one.task].dataset, one.split),
        groups=[p.group for p in draws[0]],
        metrics=[
            (metrics[name], [metrics[name].statistics(rows) for rows in draws])
            for name in (metrics if figure == "mean" else [one.main])
        ],
    )
