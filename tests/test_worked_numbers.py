"""Functions that compute show it in numbers: every example in a docstring gives what it says."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

WORKED = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for package in ("recipe_lang", "runtime")
    for path in (ROOT / package).rglob("*.py")
    if ">>> " in path.read_text("utf-8")
)

SHOWN = {
    "recipe_lang.program.apportion": ["largest_remainder"],
    "recipe_lang.program.cadence": ["due_steps"],
    "recipe_lang.program.draws": ["Draws.among", "Draws.after"],
    "recipe_lang.plan.power": ["smallest_detectable_drop", "groups_among"],
    "recipe_lang.plan.rates": ["rate_mixture"],
    "recipe_lang.plan.steps": ["count_steps", "warmup_steps"],
    "recipe_lang.plan.memory": ["trainable_parameters"],
    "runtime.data.draws.shuffle": ["permutation"],
    "runtime.data.labels.fit": ["beyond"],
    "runtime.data.splits.limit": ["limit_splits"],
    "runtime.data.splits.split": ["split_rows"],
    "runtime.data.tables.measure": ["percentiles"],
    "runtime.evaluate.bounds": ["Changed"],
    "runtime.evaluate.intervals": ["wilson"],
    "runtime.evaluate.resampling": ["resamples", "figures", "Resampled"],
    "runtime.evaluate.metrics.labels": ["likeliest"],
    "runtime.evaluate.metrics.lcs": ["length", "places", "summary_hits"],
    "runtime.evaluate.metrics.squad": ["_without_articles"],
    "runtime.evaluate.retain": ["judge", "holm"],
    "runtime.report.numbers": ["figure", "signed", "interval", "stated", "percent"],
    "runtime.train.batch": ["label_weights", "causal_batch"],
    "runtime.train.cut": ["cut", "deal"],
    "runtime.train.loss": ["weighted_cross_entropy"],
    "runtime.train.packing": ["pack"],
    "runtime.train.schedule": ["learning_rate"],
}
"""What nobody should have to work out from its code."""


@pytest.mark.parametrize("name", WORKED)
def test_examples_give_what_they_say(name: str) -> None:
    results = doctest.testmod(import_module(name), report=True)
    assert results.attempted and not results.failed


@pytest.mark.parametrize("name", SHOWN)
def test_functions_that_compute_show_numbers(name: str) -> None:
    tests = doctest.DocTestFinder().find(import_module(name))
    shown = {test.name.removeprefix(f"{name}.") for test in tests if test.examples}
    assert shown.issuperset(SHOWN[name])
