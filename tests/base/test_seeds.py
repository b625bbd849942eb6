"""Streams of randomness by name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from runtime.base.seeds import seed


def test_a_stream_is_the_same_on_every_machine_and_in_every_version():
    assert seed(17, "split", "visits") == 1862535442648392966


@given(some.integers(), some.lists(some.text()))
def test_seeds_fit_every_generator(root: int, names: list[str]):
    assert 0 <= seed(root, *names) < 2**63


@given(some.integers(), some.lists(some.text()), some.lists(some.text()))
def test_other_names_are_other_streams(root: int, left: list[str], right: list[str]):
    assert (seed(root, *left) == seed(root, *right)) == (left == right)
