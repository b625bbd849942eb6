"""Learning rates and cadences: pure functions of the step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.program.cadence import due_steps
from runtime.train.schedule import learning_rate
from tests.train.small import settings

KINDS = {
    "constant": "constant",
    "linear": "linear(floor = 10%)",
    "cosine": "cosine(floor = 10%)",
    "wsd": "wsd(floor = 10%, decay = 25%)",
}


def rates(kind: str, steps: int, warmup: int) -> list[float]:
    schedule = settings(f"schedule = {KINDS[kind]}").schedule
    return [learning_rate(s, peak=2.0, steps=steps, warmup=warmup, schedule=schedule) for s in range(1, steps + 1)]


@pytest.mark.parametrize("kind", KINDS)
@given(steps=st.integers(1, 60), part=st.floats(0, 0.9))
def test_rates_rise_to_the_peak_and_never_again(kind: str, steps: int, part: float):
    warmup = int(part * steps)

    found = rates(kind, steps, warmup)

    assert max(found) == found[warmup] == 2.0
    assert found[: warmup + 1] == sorted(found[: warmup + 1])
    assert found[warmup:] == sorted(found[warmup:], reverse=True)
    assert min(found) > 0


def test_linear_by_hand():
    assert rates("linear", 6, 2) == pytest.approx([2 / 3, 4 / 3, 2.0, 1.55, 1.1, 0.65])


def test_cosine_is_half_way_in_the_middle():
    assert rates("cosine", 10, 0)[5] == pytest.approx(2.0 * 0.55)


def test_wsd_is_flat_before_its_last_part():
    found = rates("wsd", 8, 0)

    assert found[:7] == [2.0] * 7
    assert found[7] == pytest.approx(2.0 * (0.1 + 0.9 * 0.5))


def steps_due(cadence: str, *, steps: int = 10, epoch_size: int = 20, batch: int = 8) -> list[int]:
    every = settings(f"checkpoint.every = {cadence}").checkpoint.every
    return sorted(due_steps(every, steps=steps, epoch_size=epoch_size, batch=batch))


def test_every_so_many_steps():
    assert steps_due("4 steps") == [4, 8]


def test_epochs_fire_at_the_first_step_at_or_past_their_end():
    assert steps_due("1 epoch") == [3, 5, 8, 10]


def test_parts_of_epochs():
    assert steps_due("0.5 epochs", steps=5, epoch_size=16, batch=4) == [2, 4]


def test_a_last_short_step_ends_its_epoch():
    assert steps_due("1 epoch", steps=3, epoch_size=20, batch=8) == [3]
