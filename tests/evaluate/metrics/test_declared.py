"""What the language says of a metric is what the engine does."""

from __future__ import annotations

import pytest

from recipe_lang.program.task import Metric as MetricCall
from recipe_lang.schema.metrics import METRICS, RIGHT_OR_WRONG, ends
from runtime.evaluate.metrics import NAMES, metric

CALLS = [(kind, name) for kind in METRICS for name in kind.calls]


def test_both_know_the_same_metrics():
    assert sorted(name for _, name in CALLS) == sorted(NAMES)


@pytest.mark.parametrize(("kind", "name"), CALLS, ids=[name for _, name in CALLS])
def test_ends_and_defaults_are_the_same(kind, name: str):
    """Options by what their values do to the signature."""
    options = {key: field.default for key, field in kind.model_fields.items()}
    bare, written = (metric(MetricCall(name=name, options=given, spelling=name)) for given in ({}, options))

    assert ends(name, gain=False) == (bare.low, bare.high)
    assert bare.signature([]) == written.signature([])
    assert written.right_or_wrong == (name in RIGHT_OR_WRONG)
