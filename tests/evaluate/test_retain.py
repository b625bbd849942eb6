from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from scipy.stats import binomtest

from recipe_lang.plan.power import smallest_detectable_drop
from runtime.evaluate.bounds import Bound, Changed
from runtime.evaluate.pairs import Paired
from runtime.evaluate.resampling import Resampled, groups, resamples
from runtime.evaluate.retain import Drop, holm, judge


def drawn(mean: float, error: float, seed: int = 0, count: int = 10_000) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, error, count)


def many(values: np.ndarray) -> Resampled:
    """A metric from 0 to 1 on so many groups that one more does not count."""
    return Resampled.of(values, 1_000_000, (-1, 1), seed=0)


def alike(drop: float, groups: int, width: float = 1.0) -> Resampled:
    """All of so many groups moved by as much."""
    return Resampled.of(np.full(10_000, drop), groups, (-width, width), seed=0)


def verdicts(*tasks: tuple[float, float]) -> list[str]:
    """Verdicts with a budget of five points on drops of these means and errors."""
    tests = [Drop(mean, 0.05, many(drawn(mean, error, n))) for n, (mean, error) in enumerate(tasks)]
    return [judged.verdict for judged in judge(tests)]


def test_clear_drops_are_forgotten_clear_stays_are_kept_and_the_rest_is_open():
    assert verdicts((0.2, 0.02), (0.0, 0.01), (0.05, 0.03)) == ["forgotten", "kept", "undecided"]


def test_a_gain_is_kept():
    assert verdicts((-0.3, 0.05)) == ["kept"]


def test_bounds_of_one_task_are_the_5th_and_95th_percentiles():
    values = drawn(0.1, 0.02)

    (judged,) = judge([Drop(0.1, 0.05, many(values))])

    expected = np.quantile(values, 0.05), np.quantile(values, 0.95)
    assert expected == pytest.approx((judged.low, judged.high), abs=1e-4)


def test_many_tasks_need_more_evidence_each():
    """Alone it is significant at 5%, among ten it is not."""
    mean = 0.05 + 1.9 * 0.02

    assert verdicts((mean, 0.02)) == ["forgotten"]
    assert verdicts((mean, 0.02), *[(0.05, 0.02)] * 9)[0] == "undecided"


def test_verdict_and_bounds_say_the_same():
    rng = np.random.default_rng(1)
    for seed in range(60):
        means = enumerate(rng.normal(0.05, 0.05, 5))
        tests = [Drop(m, 0.05, many(drawn(m, 0.02, seed * 9 + n))) for n, m in means]
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
            tests.append(Drop(observed, 0.05, many(rng.normal(observed, 0.02, 1000))))
        alarms += any(judged.verdict == "forgotten" for judged in judge(tests))

    assert alarms / 400 < 0.08


def share(verdict: str, rows: int, lost: float, gained: float, *, tasks: int = 1, runs: int = 2_000) -> float:
    """How often pairs of right and wrong answers get a verdict, where these shares are truly lost and gained."""
    found = np.random.default_rng(rows).multinomial(rows, [lost, gained, 1 - lost - gained], runs)[:, :2]
    cases = zip(*np.unique(found, axis=0, return_counts=True), strict=True)
    return sum(times for (a, b), times in cases if said(Changed(int(a), int(b), rows), tasks=tasks) == verdict) / runs


def said(bound: Bound, *, tasks: int = 1) -> str:
    """The verdict on one task, the first of so many to be tested."""
    others = [Drop(0.05, 0.05, Changed(1, 0, 20))] * (tasks - 1)
    return judge([Drop(0.0, 0.05, bound), *others])[0].verdict


@pytest.mark.parametrize("rows", [10, 20, 48, 100, 500])
@pytest.mark.parametrize("gained", [0.0, 0.02, 0.1])
def test_a_drop_at_the_budget_is_rarely_kept(rows: int, gained: float):
    assert share("kept", rows, gained + 0.05, gained) <= 0.055


@pytest.mark.parametrize("rows", [10, 20, 48, 100, 500])
@pytest.mark.parametrize("gained", [0.0, 0.02, 0.1])
def test_a_drop_at_the_budget_is_rarely_forgotten(rows: int, gained: float):
    assert share("forgotten", rows, gained + 0.05, gained) <= 0.055


def pair(bound: Bound) -> Paired:
    return Paired(0.5, 0.5, bound)


@pytest.mark.parametrize("rows", [5, 10, 20, 48, 100, 500])
@pytest.mark.parametrize("changed", [0.04, 0.1, 0.4])
def test_models_that_are_equally_good_rarely_differ(rows: int, changed: float):
    """By p-value and by interval, which say the same."""
    rng = np.random.default_rng(rows)
    found = rng.multinomial(rows, [changed / 2, changed / 2, 1 - changed], 2_000)[:, :2]
    alarms = 0
    for (lost, gained), times in zip(*np.unique(found, axis=0, return_counts=True), strict=True):
        one = pair(Changed(int(lost), int(gained), rows))
        low, high = one.interval(0.95)
        assert (one.p() < 0.045) <= (low > 0 or high < 0) <= (one.p() < 0.055)
        alarms += int(times) * (one.p() <= 0.05)

    assert alarms / 2_000 <= 0.05


def test_five_gained_and_none_lost_of_thirty_is_mcnemars_corrected_by_half_a_row():
    assert pair(Changed(0, 5, 30)).p() == pytest.approx(2 * NormalDist().cdf(-(4.5 / 5**0.5)))


@pytest.mark.parametrize(("lost", "gained"), [(0, 6), (2, 9), (5, 5), (7, 1)])
def test_groups_that_are_lost_or_gained_have_the_exact_mcnemar_test(lost: int, gained: int):
    rows = groups([str(n) for n in range(40)])
    change = np.repeat([1.0, -1.0, 0.0], [lost, gained, 40 - lost - gained])
    values = np.concatenate([weights @ change / 40 for weights in resamples(rows, 1)])

    found = pair(Resampled.of(values, 40, (-1, 1), seed=1)).p()

    assert found == pytest.approx(binomtest(lost, lost + gained).pvalue, abs=0.01)


@pytest.mark.parametrize(("groups", "differs"), [(14, False), (15, True)])
def test_all_of_a_few_groups_may_have_moved_to_one_side_by_chance(groups: int, differs: bool):
    """A gain of 0.3, and what a loss of 1 would take: (1 / 1.3) ** 14 is above 2.5%."""
    one = pair(alike(-0.3, groups))

    low, _ = one.interval(0.95)

    assert (one.p() <= 0.05, low > 0) == (differs, differs)


@pytest.mark.parametrize(("groups", "verdict"), [(14, "undecided"), (15, "forgotten")])
def test_a_few_groups_forget_nothing(groups: int, verdict: str):
    """A drop of 0.3 with a budget of 0.05: (1.05 / 1.3) ** 14 is above 5%."""
    (judged,) = judge([Drop(0.3, 0.05, alike(0.3, groups))])

    assert judged.verdict == verdict
    assert (judged.low > 0.05) == (verdict == "forgotten")


def test_a_thousand_rows_keep_what_was_not_lost():
    assert share("kept", 1_000, 0.05, 0.05) > 0.99
    assert share("kept", 1_000, 0.0, 0.0) == 1.0


@pytest.mark.parametrize(("rows", "found", "within"), [(48, 0.15, 0.1), (500, 0.84, 0.06), (1_000, 0.99, 0.02)])
def test_a_loss_of_ten_points_is_found_as_often_as_the_reference_says(rows: int, found: float, within: float):
    """With a budget of five points, where a fifth of the rows change: few rows miss most of it. The reference's figures
    are of another draw of changes, so that they hold to the tolerance given here."""
    assert share("forgotten", rows, 0.1475, 0.0475) == pytest.approx(found, abs=within)


@pytest.mark.parametrize("rows", [200, 1_000])
@pytest.mark.parametrize("tasks", [1, 5])
def test_the_plans_smallest_drop_is_found_in_four_of_five_runs(rows: int, tasks: int):
    """Beyond the budget, at the level that the first of so many tasks is held against."""
    drop = 0.05 + smallest_detectable_drop(rows, tasks)
    lost, gained = (0.2 + drop) / 2, (0.2 - drop) / 2

    assert share("forgotten", rows, lost, gained, tasks=tasks) == pytest.approx(0.8, abs=0.12)


def test_ten_rows_without_a_change_decide_nothing():
    assert said(Changed(0, 0, 10)) == "undecided"
    assert said(alike(0.0, 10)) == "undecided"


def test_few_groups_are_kept_where_an_unseen_event_cannot_exceed_the_budget():
    """1 - 0.05^(1/59) is the first below 5%; a metric of twice the range needs twice as many."""
    assert [said(alike(0.0, n)) for n in (58, 59)] == ["undecided", "kept"]
    assert [said(alike(0.0, n, width=2.0)) for n in (118, 119)] == ["undecided", "kept"]


def test_bounds_and_p_values_of_few_rows_say_the_same():
    for bound in (Changed(3, 1, 40), Changed(0, 0, 12), Changed(12, 0, 12), Changed(0, 9, 30), alike(0.1, 30)):
        for level in (0.05, 0.01):
            assert bound.upper(level) == 1.0 or bound.p(bound.upper(level)) == pytest.approx(level, abs=3e-4)
            assert bound.lower(level) == -1.0 or bound.p_less(bound.lower(level)) == pytest.approx(level, abs=3e-4)
            assert bound.p(0.1) + bound.p_less(0.1) > 1


@pytest.mark.parametrize(("lost", "gained", "rows"), [(1, 0, 44), (0, 3, 30), (9, 2, 60)])
@pytest.mark.parametrize("drop", [0.02, 0.1, 0.3])
def test_the_score_test_is_at_the_likeliest_share_under_the_drop(lost: int, gained: int, rows: int, drop: float):
    """Found here by trying shares, there by solving for it; corrected by half a row."""
    share = np.linspace(1e-9, (1 - drop) / 2 - 1e-9, 200_001)
    likelihood = (
        lost * np.log(share + drop) + gained * np.log(share) + (rows - lost - gained) * np.log1p(-2 * share - drop)
    )
    variance = rows * (2 * share[np.argmax(likelihood)] + drop - drop**2)
    score = (lost - gained - rows * drop + 0.5) / np.sqrt(variance)

    assert Changed(lost, gained, rows).p(drop) == pytest.approx(NormalDist().cdf(score), rel=1e-3)
