"""Suites: benchmarks of several tasks, averaged as their inventors do it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.program import Program
from recipe_lang.program.reach import leaf_tasks, own_shots
from recipe_lang.program.results import Evaluation, Group
from runtime.base.seeds import seed
from runtime.evaluate.intervals import draws, groups, percentile, resamples
from runtime.evaluate.predictions import by_draw, direct, read
from runtime.evaluate.score import metrics_of

Drawn = tuple[float, np.ndarray, int]
"""A figure, the same on each resample, and its rows."""


def suite_figures(program: Program, block: Evaluate, evaluations: Sequence[Evaluation], folder: Path) -> list[Group]:
    """One for each suite and phase in which all its tasks were evaluated: at the tasks' own numbers of
    exemplars (`shots` is null where those differ), and at each other number that all were asked with."""
    found = []
    written = {one.predictions: one for one in evaluations}

    @cache
    def figures(path: str, figure: str) -> Drawn:
        return _drawn(program, folder, written[path], figure)

    names = _suites(program, block.tasks)
    for phase in dict.fromkeys(one.phase for one in evaluations):
        asked = {(one.task, one.shots): one.predictions for one in evaluations if one.phase == phase}
        for name in names:
            tasks = leaf_tasks([name], program)
            own = [(task, own_shots(program, task)) for task in tasks]
            others = [[(task, shots) for task in tasks] for shots in sorted({shots for _, shots in asked})]
            for members in dict.fromkeys(tuple(each) for each in [own, *others] if asked.keys() >= set(each)):
                value, resampled, rows = _average(program, name, {task: asked[task, n] for task, n in members}, figures)
                low, high = percentile(resampled, block.confidence)
                shots = {shots for _, shots in members}
                found.append(
                    Group(
                        block=block.name,
                        suite=name,
                        phase=phase,
                        shots=shots.pop() if len(shots) == 1 else None,
                        average=program.suites[name].average,
                        figure=program.suites[name].figure,
                        tasks=tasks,
                        rows=rows,
                        confidence=block.confidence,
                        value=value,
                        low=low,
                        high=high,
                    )
                )
    return found


def _suites(program: Program, names: Sequence[str]) -> list[str]:
    """The suites among these names and below them, each once."""
    found: dict[str, None] = {}
    for name in names:
        if name in program.suites:
            found |= dict.fromkeys([name, *_suites(program, program.suites[name].tasks)])
    return list(found)


def _average(program: Program, name: str, asked: Mapping[str, str], figures: Callable[[str, str], Drawn]) -> Drawn:
    """Over members (a suite inside a suite is one member), or over all rows of all tasks below. `asked`: task → its
    file of predictions."""
    suite = program.suites[name]
    if suite.average == "rows":
        members = [figures(asked[task], suite.figure) for task in leaf_tasks([name], program)]
        weights = np.array([rows for _, _, rows in members], dtype=float)
    else:
        members = [
            figures(asked[m], suite.figure) if m in asked else _average(program, m, asked, figures) for m in suite.tasks
        ]
        weights = np.ones(len(members))
    weights /= weights.sum()
    value = float(weights @ [value for value, _, _ in members])
    return value, weights @ np.stack([values for _, values, _ in members]), sum(rows for _, _, rows in members)


def _drawn(program: Program, folder: Path, one: Evaluation, figure: str) -> Drawn:
    """The task's main figure, or the mean of all, and the same on each resample; tasks are drawn independently."""
    predictions = direct(read(folder / one.predictions))
    metrics = metrics_of(program.tasks[one.task])
    counted = list(metrics) if figure == "mean" else [one.main]
    each = [[predictions[row] for row in rows] for rows in by_draw(predictions)]
    stream, clusters = seed(program.seed, "suite", one.task, one.split), groups([p.group for p in each[0]])
    resampled = [
        draws(metrics[name], [metrics[name].statistics(drawn) for drawn in each], resamples(clusters, stream))
        for name in counted
    ]
    value = math.fsum(one.metrics[name].value for name in counted) / len(counted)
    return value, np.mean(resampled, axis=0), one.rows
