"""What is drawn: true to the shares at every step, each row once a pass, the same from any position."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.program.apportion import largest_remainder
from runtime.data.mixture import Schedule, cumulated_draws, permutation

shares = st.lists(st.floats(0.001, 1), min_size=1, max_size=8).map(lambda s: [x / sum(s) for x in s])


def schedule(parts: dict[str, float], counts: dict[str, int], examples: int, batch: int, seed: int = 1) -> Schedule:
    tasks = [SimpleNamespace(name=name, share=share) for name, share in parts.items()]
    train = SimpleNamespace(steps=-(-examples // batch), examples=examples, examples_per_step=batch)
    return Schedule(SimpleNamespace(tasks=tasks, train=train), counts, seed)


@given(shares, st.integers(1, 32), st.integers(1, 60))
def test_draws_are_the_largest_remainders_of_the_cumulated_size(parts: list[float], batch: int, steps: int):
    ends = np.arange(steps + 1) * batch
    found = cumulated_draws(np.array(parts), ends)

    assert (np.diff(found, axis=0) >= 0).all()
    assert (found.sum(axis=1) == ends).all()
    literal = np.array([largest_remainder(parts, int(end)) for end in ends])
    if (np.diff(literal, axis=0) >= 0).all():
        assert (found == literal).all()
        assert (np.abs(found - ends[:, None] * np.array(parts)) < 1 + 1e-6).all()


def test_a_draw_that_was_made_stays():
    # The Alabama paradox: the third task has a draw among 7 examples, none among 8.
    assert [largest_remainder([7, 7, 1], total) for total in (7, 8)] == [[3, 3, 1], [4, 4, 0]]

    assert cumulated_draws(np.array([7.0, 7.0, 1.0]), np.array([7, 8])).tolist() in (
        [[3, 3, 1], [4, 3, 1]],
        [[3, 3, 1], [3, 4, 1]],
    )


@given(st.integers(1, 50), st.integers(1, 12), st.integers(1, 4), st.integers(0, 2**40))
def test_every_pass_has_every_example_once(rows: int, batch: int, passes: int, seed: int):
    steps = schedule({"only": 1.0}, {"only": rows}, rows * passes, batch, seed)
    drawn = [index for number in range(1, len(steps) + 1) for _, index in steps.step(number)]

    assert Counter(drawn) == dict.fromkeys(range(rows), passes)


def test_passes_come_in_another_order():
    steps = schedule({"only": 1.0}, {"only": 64}, 128, 64)

    first, second = steps.step(1), steps.step(2)
    assert first != second
    assert sorted(first) == sorted(second)


def test_realised_counts_are_the_plans():
    parts, counts = {"a": 0.5, "b": 0.3, "c": 0.2}, {"a": 10, "b": 100, "c": 33}
    steps = schedule(parts, counts, 1003, 16)
    drawn = Counter(task for number in range(1, len(steps) + 1) for task, _ in steps.step(number))

    assert dict(drawn) == dict(zip(parts, largest_remainder(list(parts.values()), 1003), strict=True))
    assert steps.drawn(len(steps)) == dict(drawn)


def test_the_last_step_may_be_short():
    steps = schedule({"a": 0.5, "b": 0.5}, {"a": 10, "b": 10}, 21, 8)

    assert [len(steps.step(number)) for number in (1, 2, 3)] == [8, 8, 5]


def test_any_step_can_be_asked_for_first():
    make = lambda: schedule({"a": 0.6, "b": 0.4}, {"a": 7, "b": 5}, 400, 8)  # noqa: E731
    straight = make()
    expected = [straight.step(number) for number in range(1, len(straight) + 1)]
    backwards = make()

    assert [backwards.step(number) for number in range(len(straight), 0, -1)] == expected[::-1]


@pytest.mark.parametrize("number", [0, 51])
def test_steps_outside_the_run_are_refused(number: int):
    with pytest.raises(IndexError):
        schedule({"a": 1.0}, {"a": 7}, 400, 8).step(number)


def test_a_permutation_never_changes():
    assert permutation(10, 42).tolist() == [5, 2, 7, 3, 9, 4, 0, 1, 8, 6]
