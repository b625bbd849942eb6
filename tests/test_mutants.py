"""The list of mutants is one that can be run: `tests/mutants.py` runs it."""

from __future__ import annotations

import pytest

from tests.mutants import ROOT, Mutant, mutants, mutated, sources

ALL = mutants()


@pytest.fixture(scope="module")
def code():
    return sources()


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_it_is_a_change_of_one_place_that_tests_look_at(mutant: Mutant, code):
    path, text = mutated(mutant, code)

    assert text != code[path]
    assert mutant.tests
    for test in mutant.tests:
        file, _, name = test.partition("[")[0].partition("::")
        assert f"def {name}(" in (ROOT / file).read_text("utf-8") if name else (ROOT / file).is_file()


def test_there_are_enough_of_them():
    assert len(ALL) >= 60
