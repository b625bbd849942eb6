"""Intervals and verdicts on few rows, simulated: a small part of `tests/bench/calibration.py`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runtime.evaluate.suites import Member, _sharing, average
from tests.bench.calibration import COVERAGE, ERROR, TASKS, coverage, false_verdicts, kinds, suite_coverage

KINDS = kinds()
TIMES = 150


@pytest.mark.parametrize("name", KINDS)
def test_intervals_of_few_rows_hold_the_truth(name: str):
    assert coverage(KINDS[name], 10, TIMES) >= COVERAGE


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.pairs])
def test_few_rows_rarely_give_a_false_verdict(name: str):
    found = false_verdicts(KINDS[name], 10, TIMES)

    assert {tasks for _, tasks in found} == set(TASKS)
    assert max(found.values()) <= ERROR


@pytest.mark.parametrize("shared", [True, False])
def test_intervals_of_suites_hold_the_truth(shared: bool):
    assert suite_coverage(KINDS["right or wrong"], 50, TIMES, shared=shared) >= COVERAGE


def members(*names: str, source: str = "boolq") -> list[tuple[Member, float]]:
    """Tasks that ask 60 rows each, named with this beginning."""
    kind = KINDS["right or wrong"]
    scores = kind.scores(np.random.default_rng(0), 60)
    return [
        (Member((source, "test"), [f"{name}{n}" for n in range(60)], [(kind.metric, [scores])]), 1 / len(names))
        for name in names
    ]


def test_a_second_task_on_the_same_rows_makes_a_suite_no_surer():
    def width(members: list[tuple[Member, float]]) -> float:
        _, low, high = average(members, 0.95, root=1)
        return high - low

    assert width(members("a", "a")) == pytest.approx(width(members("a")))
    assert width(members("a", "b")) == pytest.approx(width(members("a")) / 2**0.5, rel=0.05)


def test_tasks_move_together_by_way_of_a_third_and_not_over_two_datasets():
    other = [(replace(one, groups=[*one.groups[30:], *(f"b{n}" for n in range(30))]), 0.0) for one, _ in members("a")]

    found = [
        _sharing(each)
        for each in (members("a", "b"), members("a", "b") + other, members("a") + members("a", source="rte"))
    ]

    assert [len(together) for together in found] == [2, 1, 2]
