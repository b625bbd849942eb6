"""Examples, steps and warm-up."""

from __future__ import annotations

import pytest

from recipe_lang.plan.steps import count_steps, warmup_steps
from tests.compiled import train


@pytest.mark.parametrize(
    ("duration", "examples", "steps", "epochs"),
    [
        ("1 epoch", 250, 32, 1.0),
        ("2.5 epochs", 625, 79, 2.5),
        ("3 steps", 24, 3, 24 / 250),
        ("10_000 tokens", 100, 13, 0.4),
    ],
)
def test_every_unit_of_duration_becomes_examples_and_steps(duration, examples, steps, epochs):
    counted = count_steps(train(f"duration = {duration}"), 250, 100.0)

    assert (counted.examples, counted.steps, counted.epochs) == (examples, steps, epochs)


@pytest.mark.parametrize(("warmup", "steps", "expected"), [(0.03, 32, 1), (0.1, 100, 10), (0.0, 32, 0), (7, 32, 7)])
def test_warmup_is_a_fraction_or_a_number_of_steps(warmup, steps, expected):
    assert expected == warmup_steps(warmup, steps)
