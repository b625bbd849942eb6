"""What a mixture draws, of every task among the first so many examples."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.program.apportion import largest_remainder
from recipe_lang.program.draws import Draws

SHARES = st.lists(st.floats(0.001, 1), min_size=1, max_size=8)
TASKS = st.lists(st.tuples(st.just(0.0) | st.floats(0.001, 1), st.integers(0, 40)), min_size=1, max_size=5)


def steps(draws: Draws, totals: list[int]) -> list[list[int]]:
    found = [[0] * len(draws.among(0))]
    for total in totals:
        found.append(draws.after(found[-1], total))
    return found[1:]


def growing(found: list[list[int]]) -> bool:
    return all(all(map(int.__le__, *pair)) for pair in pairwise(found))


@given(SHARES, st.integers(1, 32), st.integers(1, 60))
def test_draws_are_the_largest_remainders_of_the_cumulated_size(shares: list[float], batch: int, number: int):
    totals = [batch * step for step in range(1, number + 1)]
    found = steps(Draws(shares, [1] * len(shares), "repeat"), totals)

    assert growing(found)
    assert [sum(counts) for counts in found] == totals
    literal = [largest_remainder(shares, total) for total in totals]
    if growing(literal):
        assert found == literal


def test_a_draw_that_was_made_stays():
    # The Alabama paradox: the third task has a draw among 7 examples, none among 8.
    draws = Draws([7, 7, 1], [9, 9, 9], "repeat")
    assert [draws.among(total) for total in (7, 8)] == [[3, 3, 1], [4, 4, 0]]

    assert steps(draws, [7, 8]) in ([[3, 3, 1], [4, 3, 1]], [[3, 3, 1], [3, 4, 1]])


@given(TASKS, st.integers(0, 300))
def test_dropped_tasks_are_drawn_to_their_end_and_no_further(tasks: list[tuple[float, int]], total: int):
    shares, rows = zip(*tasks, strict=True)
    draws = Draws(shares, rows, "drop")
    there = [count if share > 0 else 0 for share, count in tasks]

    found = draws.among(min(total, draws.most))

    assert sum(found) == min(total, sum(there))
    assert all(map(int.__le__, found, there))
    assert draws.among(draws.most) == there


@pytest.mark.parametrize(("when", "most"), [("repeat", float("inf")), ("drop", 110), ("stop", 20)])
def test_what_can_be_drawn_ends_with_the_tasks(when, most: float):
    assert Draws([0.5, 0.5, 0.0], [10, 100, 7], when).most == most
