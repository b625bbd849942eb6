"""The metrics by their calls: one module a family, each of which makes a `Metric` of a call and its arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recipe_lang.program import metrics as calls
from runtime.evaluate.metrics import correlation, labels, likelihood, rouge, squad, translation
from runtime.evaluate.metrics.metric import Metric

_MADE_BY: dict[type[calls.Measured], Callable[[Any], Metric]] = {
    calls.Rouge: rouge.rouge,
    calls.Bleu: translation.translation,
    calls.Chrf: translation.translation,
    calls.Ter: translation.translation,
    calls.ExactMatch: squad.squad,
    calls.WordF1: squad.squad,
    calls.Accuracy: labels.accuracy,
    calls.NormalizedAccuracy: labels.accuracy,
    calls.Classes: labels.classes,
    calls.Matthews: labels.classes,
    calls.Correlation: correlation.correlation,
    calls.Perplexity: likelihood.likelihood,
    calls.TokenAccuracy: likelihood.likelihood,
}


def metric(call: calls.Measured) -> Metric:
    """The metric that a task names, with its options."""
    return _MADE_BY[type(call)](call)
