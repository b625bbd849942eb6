"""Mixing rates, held against seqio's own definition."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.plan.rates import rate_mixture
from tests.plan.programs import mixture, program


def seqio_rate(examples: int, maximum: int | None, temperature: float) -> float:
    """`seqio.utils.mixing_rate_num_examples`, read from its source: cap, then temperature."""
    rate = float(examples)
    if maximum:
        rate = min(rate, maximum)
    if temperature != 1.0:
        rate **= 1.0 / temperature
    return rate


@given(
    st.lists(st.integers(1, 10**7), min_size=1, max_size=12),
    st.none() | st.integers(1, 10**6),
    st.floats(0.2, 50.0),
)
def test_proportional_is_seqios(sizes: list[int], cap: int | None, temperature: float):
    rows = {f"t{i}": size for i, size in enumerate(sizes)}
    bound = f"cap = {cap} examples, " if cap else ""
    study = mixture(*rows, sampling=f"proportional({bound}temperature = {temperature!r})")

    rated = rate_mixture(study, program(list(rows)), rows)

    expected = {task: seqio_rate(size, cap, temperature) for task, size in rows.items()}
    total = math.fsum(expected.values())
    for task, rate in expected.items():
        assert rated.rates[task] == pytest.approx(rate, rel=1e-12)
        assert rated.shares[task] == pytest.approx(rate / total, rel=1e-12)


def test_an_epoch_of_proportional_sees_each_capped_row_once():
    rows = {"a": 5_000, "b": 100}
    study = mixture("a", "b", sampling="proportional(cap = 3_000 examples, temperature = 2)")

    assert rate_mixture(study, program(["a", "b"]), rows).size == 3_100


def test_proportional_sees_through_nested_mixtures_and_counts_a_task_once():
    rows = {"a": 10, "b": 20, "c": 30}
    world = program(list(rows), inner=mixture("b", "c"))
    study = mixture("a", "b", "inner")

    assert rate_mixture(study, world, rows).shares == pytest.approx({"a": 1 / 6, "b": 2 / 6, "c": 3 / 6})


def test_nested_rates_keep_their_proportions_and_weigh_as_their_leaves():
    rows = {"a": 40, "b": 10, "c": 50}
    world = program(list(rows), inner=mixture("b", "c", rates={"b": "3", "c": "1"}, size="60 examples"))

    shares = rate_mixture(mixture("a", "inner"), world, rows).shares

    assert shares == pytest.approx({"a": 0.4, "b": 0.45, "c": 0.15})


def test_a_nested_replay_keeps_its_share():
    rows = {"a": 50, "new": 30, "old": 20}
    world = program(list(rows), inner=mixture("new", replay=("old", "20%")))

    for sampling in ("proportional", "equal"):
        shares = rate_mixture(mixture("a", "inner", sampling=sampling, size="100 examples"), world, rows).shares
        assert shares["old"] == pytest.approx(0.2 * (shares["old"] + shares["new"]))


def test_shares_multiply_through_named_mixtures():
    rows = {"a": 40, "b": 10, "c": 30}
    world = program(list(rows), inner=mixture("b", "c"))
    study = mixture("a", "inner", shares={"a": "20%", "inner": "80%"}, size="100 examples")

    assert rate_mixture(study, world, rows).shares == pytest.approx({"a": 0.2, "b": 0.2, "c": 0.6})


def test_except_takes_tasks_out_at_any_depth():
    rows = {"a": 1, "b": 1, "c": 1}
    world = program(list(rows), inner=mixture("b", "c"))

    rated = rate_mixture(mixture("a", "inner", without=["c"]), world, rows)

    assert set(rated.shares) == {"a", "b"}


def test_counts_give_the_size_of_an_epoch():
    rows = {"a": 7, "b": 9}
    rated = rate_mixture(mixture("a", "b", counts={"a": "30 examples", "b": "10 examples"}), program(["a", "b"]), rows)

    assert (rated.size, rated.shares) == (40, {"a": 0.75, "b": 0.25})


@pytest.mark.parametrize(("size", "expected"), [("smallest", 20), ("largest", 100)])
def test_size_by_the_task_exhausted_first_or_last(size: str, expected: int):
    rows = {"a": 10, "b": 50}
    rated = rate_mixture(mixture("a", "b", sampling="equal", size=size), program(["a", "b"]), rows)

    assert rated.size == expected


def test_replay_takes_its_share_first_and_new_tasks_are_still_seen_whole():
    rows = {"new": 95, "old": 1_000}
    study = mixture("new", replay=("old", "5%"))

    rated = rate_mixture(study, program(["new", "old"]), rows)

    assert rated.shares == pytest.approx({"new": 0.95, "old": 0.05})
    assert rated.size == 100


def test_dropped_tasks_leave_their_draws_to_the_others():
    rows = {"a": 10, "b": 100}
    study = mixture("a", "b", sampling="equal", size="60 examples", when_exhausted="drop")
    rated = rate_mixture(study, program(["a", "b"]), rows)

    draws = rated.draws(rows)

    assert [draws.among(total) for total in (20, 60)] == [[10, 10], [10, 50]]
    assert draws.most == 110


def test_a_run_that_stops_ends_with_the_task_exhausted_first():
    rows = {"a": 10, "b": 100}
    rated = rate_mixture(
        mixture("a", "b", sampling="equal", size="60 examples", when_exhausted="stop"), program(["a", "b"]), rows
    )

    assert rated.draws(rows).most == 20


def test_mixtures_that_share_members_at_each_level_are_rated_once(tmp_path):
    levels = {f"{side}{n}": mixture(f"a{n - 1}", f"b{n - 1}") for n in range(1, 16) for side in "ab"}
    world = program(["t", "u"], a0=mixture("t"), b0=mixture("t", "u"), **levels)

    assert rate_mixture(mixture("a15", "b15"), world, {"t": 30, "u": 10}).shares == {"t": 0.75, "u": 0.25}
