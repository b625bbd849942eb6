"""A figure that lies on a border lies on it, whatever the last bits of its sum say."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from recipe_lang.program.metrics import Requirement
from runtime.base.borders import side
from runtime.evaluate.conclude import _passed
from runtime.evaluate.pairs import Paired
from runtime.evaluate.resampling import Resampled
from runtime.evaluate.retain import Drop, holm, judge


def bar(comparison: str, value: float) -> Requirement:
    return Requirement.model_construct(
        task="t", metric="accuracy", gain=True, comparison=comparison, value=value, expression=""
    )


@pytest.mark.parametrize(("rows", "gained"), [(100, 5), (10, 1), (50, 5), (1319, 7), (40, 3)])
def test_a_gain_of_just_so_many_rows_reaches_its_bar(rows: int, gained: int):
    wanted = float(Fraction(gained, rows))
    for before in range(rows - gained + 1):
        value = (before + gained) / rows - before / rows
        passed = {sign: _passed(bar(sign, wanted), value) for sign in (">=", "<=", ">", "<")}
        assert passed == {">=": True, "<=": True, ">": False, "<": False}, before


@pytest.mark.parametrize("rows", [100, 1319])
def test_one_row_more_or_less_is_another_side(rows: int):
    for lost in range(rows):
        assert side(lost / rows, (lost + 1) / rows) == -1
        assert side((lost + 1) / rows, lost / rows) == 1


def test_resamples_on_the_budget_count_on_both_sides():
    """20 groups of five: drops are tenths, and some miss the budget by a last bit."""
    lost = np.arange(0, 100, 5)
    drawn = np.concatenate([(70 / 100) - (70 - lost) / 100, (0.7 - (0.7 - lost / 100))])

    (judged,) = judge([Drop(0.1, 0.1, Resampled(drawn, drawn))])

    on = 2
    assert judged.p_forgotten == pytest.approx((1 + (drawn < 0.1 - 1e-6).sum() + on) / (1 + len(drawn)))
    assert judged.p_kept == pytest.approx((1 + (drawn > 0.1 + 1e-6).sum() + on) / (1 + len(drawn)))


def test_no_difference_is_none_by_its_last_bits_too():
    drawn = np.array([0.3 - 0.1 - 0.2, 0.1 + 0.2 - 0.3, 0.0, 0.1] * 100)

    assert Paired(0.5, 0.6, Resampled(drawn, drawn)).p() == 1.0


def test_a_p_value_on_its_level_is_rejected():
    assert [step.rejected for step in holm([0.05 / 3, 0.1 * 0.25, 0.9], error=0.05)] == [True, True, False]
