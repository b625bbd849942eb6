from __future__ import annotations

import random

import numpy as np
import pytest
from scipy import stats

from recipe_lang.diagnostics.model import Stop
from runtime.evaluate.metrics.correlation import number
from tests.evaluate.metrics.cases import make, prediction

SCIPY = {"pearson": stats.pearsonr, "spearman": stats.spearmanr}


def rows(count: int, seed: int):
    """Grades with many ties, as STS-B has them; some answers are no numbers."""
    rng = random.Random(seed)
    found = []
    for n in range(count):
        wanted = rng.randint(0, 25) / 5
        given = rng.choice([f"{wanted:.1f}", f"{rng.randint(0, 25) / 5}", "", "nan", "three", " 2.0\n", "五"])
        found.append(prediction(given, str(wanted), row=n))
    return found


@pytest.mark.parametrize("name", SCIPY)
def test_figure_is_scipys(name: str):
    for seed in range(1000):
        some = rows(random.Random(seed).randint(4, 30), seed)
        x, y = zip(*((-1.0 if (n := number(p.answer)) is None else n, float(p.expected[0])) for p in some), strict=True)
        if len(set(x)) > 1 and len(set(y)) > 1:
            one = make(name)
            assert SCIPY[name](x, y).statistic == pytest.approx(one.point(one.statistics(some)), abs=1e-9)


@pytest.mark.parametrize("name", SCIPY)
def test_a_resample_is_the_figure_of_its_rows(name: str):
    some = rows(40, 3)
    one = make(name)
    found = one.statistics(some)
    drawn = np.random.default_rng(2).integers(0, 40, (50, 40))
    weights = np.stack([np.bincount(row, minlength=40) for row in drawn]).astype(float)

    for indices, value in zip(drawn, one.value(found, weights), strict=True):
        assert SCIPY[name](*found[indices, :2].T).statistic == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("name", SCIPY)
def test_constant_answers_correlate_with_nothing(name: str):
    one = make(name)

    assert one.point(one.statistics([prediction("1", str(n), row=n) for n in range(5)])) == 0.0


def test_answers_that_are_no_numbers_count_as_stated():
    assert make("pearson").statistics([prediction("high", "3")]).tolist() == [[-1.0, 3.0, 1.0]]
    assert make("pearson(unparsed = 2.5)").statistics([prediction(None, "3")]).tolist() == [[2.5, 3.0, 1.0]]


def test_answers_that_are_no_numbers_are_counted():
    one, some = make("spearman"), [prediction(text, "3", row=n) for n, text in enumerate(("4", "-1", "four", None))]

    assert one.details(one.statistics(some)) == {"unparsed": 2}


@pytest.mark.parametrize("reference", ["three", "", "nan", "1,5"])
def test_a_reference_that_is_no_number_stops(reference: str):
    with pytest.raises(Stop) as stopped:
        make("pearson").statistics([prediction("3", "3"), prediction("3", reference, row=1)])

    assert [d.code for d in stopped.value.diagnostics] == ["IFT853"]


def test_an_inverted_template_answers_something_else():
    rows = [prediction("3", "3"), prediction("words", "words", row=1, inverted=True)]

    assert make("pearson").statistics(rows).tolist() == [[3.0, 3.0, 0.0], [-1.0, -1.0, 1.0]]
