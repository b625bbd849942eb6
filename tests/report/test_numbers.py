"""Figures in the words of tables."""

from __future__ import annotations

import pytest

from runtime.report.numbers import interval, signed, stated


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.25, 0.5, "0.2500 to 0.5000"), (None, None, "–"), (0.0, 0.0, "–"), (1.0, 1.0, "–")],
)
def test_an_interval_without_width_is_none(low, high, expected):
    """Four rows that are all wrong do not show that the model is never right."""
    assert interval(low, high) == expected
    assert stated(low, high, 0.95, 0.95) == expected


def test_an_interval_names_its_confidence_where_it_is_another_than_the_heads():
    assert stated(-0.1, 0.2, 0.9, 0.95, signed) == "−0.1000 to +0.2000 (90%)"
