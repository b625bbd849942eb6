"""Forgetting: whether a drop against the untouched model is beyond its budget, within it, or not yet decided.

Two one-sided tests a task of the paired drop, each at 5% over all retained tasks together (Holm 1979). `forgotten`: the
drop's lower bound is beyond the budget. `kept`: its upper bound is within.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from recipe_lang.program.forgetting import ERROR
from runtime.base.borders import side
from runtime.evaluate.bounds import Bound

Verdict = Literal["forgotten", "kept", "undecided"]


@dataclass(frozen=True, slots=True)
class Drop:
    """Positive where the model got worse; `budget` is in the metric's own points."""

    size: float
    budget: float
    bound: Bound


@dataclass(frozen=True, slots=True)
class Judged:
    low: float
    high: float
    """One-sided bounds of the drop at the level that Holm's procedure gives the task."""
    verdict: Verdict
    p_forgotten: float
    p_kept: float
    """Unadjusted: of a drop within the budget, and of one beyond it; a drop on the budget counts as both."""


def judge(tasks: Sequence[Drop]) -> list[Judged]:
    """The verdicts, in the order of the tasks.

    >>> from runtime.evaluate.bounds import Changed
    >>> found = [Changed(2, 1, rows=100), Changed(20, 10, rows=1000)]  # both lost one row of a hundred
    >>> judged = judge([Drop(0.01, budget=0.05, bound=one) for one in found])
    >>> [(task.verdict, round(task.high, 3), round(task.p_kept, 4)) for task in judged]
    [('undecided', 0.057, 0.0751), ('kept', 0.022, 0.0)]
    """
    beyond = [task.bound.p_less(task.budget) for task in tasks]
    within = [task.bound.p(task.budget) for task in tasks]
    lost, held = holm(beyond), holm(within)
    found = []
    for i, task in enumerate(tasks):
        low, high = task.bound.lower(lost[i].level), task.bound.upper(held[i].level)
        verdict = "forgotten" if lost[i].rejected else "kept" if held[i].rejected else "undecided"
        found.append(Judged(low, high, verdict, beyond[i], within[i]))
    return found


@dataclass(frozen=True, slots=True)
class Step:
    rejected: bool
    level: float


def holm(p: Sequence[float], error: float = ERROR) -> list[Step]:
    """Holm's step-down: the k-th smallest of m is held against error / (m - k + 1), until the first that fails.

    All from there on are judged, and shown, at the level of that first failure.

    >>> steps = holm([0.04, 0.01, 0.03], error=0.05)  # 0.01 is within 0.05 / 3, 0.03 beyond 0.05 / 2
    >>> [(step.rejected, round(step.level, 4)) for step in steps]
    [(False, 0.025), (True, 0.0167), (False, 0.025)]
    """
    steps = [Step(False, error)] * len(p)
    going, level = True, error
    for k, i in enumerate(sorted(range(len(p)), key=lambda i: (p[i], i))):
        if going:
            level = error / (len(p) - k)
            going = bool(side(p[i], level) <= 0)
        steps[i] = Step(going, level)
    return steps
