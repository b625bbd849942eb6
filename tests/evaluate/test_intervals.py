from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from runtime.evaluate import intervals
from runtime.evaluate.intervals import draws, groups, percentile, resamples, wilson
from tests.evaluate.metrics.cases import make


@pytest.mark.parametrize(("right", "rows"), [(0, 5), (5, 5), (1, 48), (30, 60), (999, 1000)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_wilsons_interval_is_scipys(right: int, rows: int, confidence: float):
    expected = binomtest(right, rows).proportion_ci(confidence, method="wilson")

    assert (expected.low, expected.high) == pytest.approx(wilson(right, rows, confidence), abs=1e-12)


def test_a_resample_draws_as_many_rows_as_there_are():
    drawn = np.concatenate(list(resamples(groups([f"{n}" for n in range(40)]), 1, 500)))

    assert drawn.shape == (500, 40)
    assert (drawn.sum(axis=1) == 40).all()
    assert drawn.mean() == pytest.approx(1.0)


def test_rows_of_a_group_are_drawn_together():
    drawn = np.concatenate(list(resamples(groups(["a", "b", "a", "c", "b"]), 1, 300)))

    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert (drawn[:, 1] == drawn[:, 4]).all()
    assert (drawn[:, [0, 1, 3]].sum(axis=1) == 3).all()


@pytest.mark.parametrize("per_group", [1, 4])
def test_seed_and_count_decide_whatever_the_chunks(monkeypatch, per_group: int):
    clusters = groups([f"{n // per_group}" for n in range(30)])
    whole = np.concatenate(list(resamples(clusters, 5, 200)))
    monkeypatch.setattr(intervals, "_CHUNK", 30 * 7)

    assert (np.concatenate(list(resamples(clusters, 5, 200))) == whole).all()
    assert (np.concatenate(list(resamples(clusters, 6, 200))) != whole).any()


def test_few_groups_of_many_rows_take_no_more_memory():
    clusters = groups([f"{n % 48}" for n in range(10_570)])

    first = next(resamples(clusters, 5))

    assert len(first) > 1
    assert first.nbytes <= 8 * intervals._CHUNK


def test_bootstrap_interval_of_a_mean_is_about_its_normal_one():
    rng = np.random.default_rng(0)
    values = rng.normal(0.4, 0.1, (400, 3))
    one = make("rouge1")

    low, high = percentile(draws(one, [values], resamples(groups([str(n) for n in range(400)]), 3)), 0.95)

    mean, error = values[:, 0].mean(), values[:, 0].std() / 20
    assert (mean - 1.96 * error, mean + 1.96 * error) == pytest.approx((low, high), abs=6e-4)
