from __future__ import annotations

import math
import random
import re

import pytest

from recipe_lang.program.predictions import Likelihood
from tests.evaluate.metrics.cases import make, prediction, text


def rows(count: int, seed: int):
    rng = random.Random(seed)
    found = []
    for n in range(count):
        tokens = rng.randint(1, 30)
        likelihood = Likelihood(
            nll=rng.random() * 4 * tokens, tokens=tokens, right=rng.randint(0, tokens), text=text(rng)
        )
        found.append(prediction("", "a reference that the template gives", row=n, likelihood=likelihood))
    return found


@pytest.mark.parametrize(
    ("per", "count"),
    [
        ("token", lambda p: p.likelihood.tokens),
        ("word", lambda p: len(re.split(r"\s+", p.likelihood.text))),
        ("byte", lambda p: len(p.likelihood.text.encode("utf-8"))),
    ],
)
def test_perplexity_is_lm_evals_weighted_formula(per: str, count):
    """lm_eval.api.metrics: weighted_perplexity = exp(-sum(loglikelihoods) / sum(weights))."""
    for seed in range(1000):
        some = rows(4, seed)
        units = sum(map(count, some))
        if units:
            one = make(f"perplexity(per = {per})")
            expected = math.exp(sum(p.likelihood.nll for p in some) / units)
            assert expected == pytest.approx(one.point(one.statistics(some)), rel=1e-12)


def test_token_accuracy_is_over_all_tokens():
    some = rows(1000, 7)

    expected = sum(p.likelihood.right for p in some) / sum(p.likelihood.tokens for p in some)

    assert expected == pytest.approx(make("token_accuracy").point(make("token_accuracy").statistics(some)), abs=1e-12)


def test_less_is_better_and_there_is_no_upper_end():
    assert (make("perplexity").call.better, make("perplexity").call.ends[1]) == ("less", math.inf)
