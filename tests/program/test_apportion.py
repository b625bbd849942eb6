"""Whole numbers from shares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.program.apportion import largest_remainder

SHARES = st.lists(st.floats(0.001, 1.0), min_size=1, max_size=8)


@given(SHARES, st.integers(0, 100_000))
def test_counts_add_up_to_the_total(shares: list[float], total: int):
    assert sum(largest_remainder(shares, total)) == total


@given(SHARES, st.integers(0, 100_000))
def test_every_count_is_within_one_of_its_quota(shares: list[float], total: int):
    for share, count in zip(shares, largest_remainder(shares, total), strict=True):
        assert abs(count - total * share / sum(shares)) < 1 + 1e-6


@pytest.mark.parametrize(
    ("shares", "total", "expected"),
    [
        ([0.8, 0.1, 0.1], 250, [200, 25, 25]),
        ([0.8, 0.1, 0.1], 7, [5, 1, 1]),
        ([0.3, 0.1 + 0.2, 0.4], 10, [3, 3, 4]),
        ([1, 1, 1], 4, [2, 1, 1]),
        ([0.0, 0.0], 5, [0, 0]),
    ],
)
def test_known_cases(shares: list[float], total: int, expected: list[int]):
    assert expected == largest_remainder(shares, total)
