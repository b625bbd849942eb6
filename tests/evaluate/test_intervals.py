from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from runtime.evaluate import resampling
from runtime.evaluate.intervals import interval, wilson
from runtime.evaluate.resampling import Resampled, groups, resamples
from tests.evaluate.metrics.cases import make


@pytest.mark.parametrize(("right", "rows"), [(0, 5), (5, 5), (1, 48), (30, 60), (999, 1000)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_wilsons_interval_is_scipys(right: int, rows: int, confidence: float):
    expected = binomtest(right, rows).proportion_ci(confidence, method="wilsoncc")

    assert (expected.low, expected.high) == pytest.approx(wilson(right, rows, confidence), abs=1e-12)


def test_a_resample_weighs_as_much_as_the_rows():
    drawn = np.concatenate(list(resamples(groups([f"{n}" for n in range(40)]), 1, 500)))

    assert drawn.shape == (500, 40)
    assert drawn.sum(axis=1) == pytest.approx(np.full(500, 40.0))
    assert (drawn > 0).all()


def test_rows_of_a_group_weigh_the_same():
    drawn = np.concatenate(list(resamples(groups(["a", "b", "a", "c", "b"]), 1, 300)))

    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert (drawn[:, 1] == drawn[:, 4]).all()
    assert drawn[:, [0, 1, 3]].sum(axis=1) == pytest.approx(np.full(300, 3.0))


@pytest.mark.parametrize("per_group", [1, 4])
def test_seed_and_count_decide_whatever_the_chunks(monkeypatch, per_group: int):
    clusters = groups([f"{n // per_group}" for n in range(30)])
    whole = np.concatenate(list(resamples(clusters, 5, 200)))
    monkeypatch.setattr(resampling, "_CHUNK", 30 * 7)

    assert (np.concatenate(list(resamples(clusters, 5, 200))) == whole).all()
    assert (np.concatenate(list(resamples(clusters, 6, 200))) != whole).any()


def test_few_groups_of_many_rows_take_no_more_memory():
    clusters = groups([f"{n % 48}" for n in range(10_570)])

    first = next(resamples(clusters, 5))

    assert len(first) > 1
    assert first.nbytes <= 8 * resampling._CHUNK


def test_interval_of_many_rows_is_about_the_normal_one():
    """Wider by what one of 4,001 groups may be worth."""
    values = np.random.default_rng(0).normal(0.4, 0.1, (4_000, 3))
    one = make("rouge1")

    low, high = interval(one, [values], groups([str(n) for n in range(4_000)]), 0.95, 3, 2_000)

    mean, error = values[:, 0].mean(), values[:, 0].std() / 4_000**0.5
    assert (mean - 1.96 * error, mean + 1.96 * error) == pytest.approx((low, high), abs=8e-4)


@pytest.mark.parametrize(("right", "rows"), [(0, 25), (3, 10), (10, 10), (40, 60)])
def test_groups_that_are_right_or_wrong_have_the_exact_interval(right: int, rows: int):
    expected = binomtest(right, rows).proportion_ci(0.95, method="exact")
    one, clusters = make("accuracy"), groups([str(n // 2) for n in range(2 * rows)])

    found = interval(one, [np.repeat(np.arange(rows) < right, 2).astype(float)[:, None]], clusters, 0.95, 1)

    assert (expected.low, expected.high) == pytest.approx(found, abs=0.01)


def test_rows_that_are_all_alike_do_not_show_that_all_are():
    low, high = interval(make("rouge1"), [np.zeros((25, 3))], groups([str(n) for n in range(25)]), 0.95, 1)

    assert (low, high) == pytest.approx((0, 1 - 0.025 ** (1 / 25)), abs=2e-4)


def test_a_metric_without_an_end_has_an_interval_too():
    rows = np.column_stack([np.full(25, 12.0), np.full(25, 6.0)])  # 2 nats a token, all alike

    low, high = interval(make("perplexity"), [rows], groups([str(n) for n in range(25)]), 0.95, 1)

    assert 1 < low < np.exp(2) < high < np.exp(2) + 0.2


def test_a_figure_that_is_undefined_has_no_interval():
    found = Resampled.of(np.full(100, np.nan), 5, (0.0, 1.0), 1)

    assert np.isnan(found.interval(0.95)).all()
    assert (found.p(0.5), found.p_less(0.5)) == (1, 1)
