from __future__ import annotations

import numpy as np
import pytest

from runtime.evaluate.retain import Retained, holm, judge


def drawn(mean: float, error: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, error, 10_000)


def verdicts(*tasks: tuple[float, float]) -> list[str]:
    """Verdicts with a budget of five points on drops of these means and errors."""
    tests = [Retained(mean, drawn(mean, error, n), 0.05) for n, (mean, error) in enumerate(tasks)]
    return [judged.verdict for judged in judge(tests)]


def test_clear_drops_are_forgotten_clear_stays_are_kept_and_the_rest_is_open():
    assert verdicts((0.2, 0.02), (0.0, 0.01), (0.05, 0.03)) == ["forgotten", "kept", "undecided"]


def test_a_gain_is_kept():
    assert verdicts((-0.3, 0.05)) == ["kept"]


def test_bounds_of_one_task_are_the_5th_and_95th_percentiles():
    values = drawn(0.1, 0.02)

    (judged,) = judge([Retained(0.1, values, 0.05)])

    assert (np.quantile(values, 0.05), np.quantile(values, 0.95)) == pytest.approx((judged.low, judged.high))


def test_many_tasks_need_more_evidence_each():
    """Alone it is significant at 5%, among ten it is not."""
    mean = 0.05 + 1.9 * 0.02

    assert verdicts((mean, 0.02)) == ["forgotten"]
    assert verdicts((mean, 0.02), *[(0.05, 0.02)] * 9)[0] == "undecided"


def test_verdict_and_bounds_say_the_same():
    rng = np.random.default_rng(1)
    for seed in range(60):
        tests = [Retained(m, drawn(m, 0.02, seed * 9 + n), 0.05) for n, m in enumerate(rng.normal(0.05, 0.05, 5))]
        for test, judged in zip(tests, judge(tests), strict=True):
            assert (judged.verdict == "forgotten") == (judged.low > test.budget)
            assert judged.verdict != "kept" or judged.high < test.budget


def test_holm_is_statsmodels():
    """Rejections at 5% by adjusted p-values, computed as the running maximum of (m - k + 1) p_k."""
    rng = np.random.default_rng(2)
    for _ in range(500):
        p = rng.random(rng.integers(1, 8)) ** 3
        order = np.argsort(p)
        adjusted = np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order])
        expected = np.empty(len(p), bool)
        expected[order] = adjusted <= 0.05

        assert expected.tolist() == [step.rejected for step in holm(p.tolist())]


def test_false_alarms_over_all_tasks_stay_below_5_percent():
    """Five tasks, each exactly at its budget."""
    alarms = 0
    rng = np.random.default_rng(3)
    for _ in range(400):
        tests = []
        for observed in 0.05 + 0.02 * rng.standard_normal(5):
            tests.append(Retained(observed, rng.normal(observed, 0.02, 1000), 0.05))
        alarms += any(judged.verdict == "forgotten" for judged in judge(tests))

    assert alarms / 400 < 0.08
