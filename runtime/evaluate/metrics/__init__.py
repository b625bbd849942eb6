"""The metrics: one module a family, each of which makes a `Metric` of a call and its arguments."""

from __future__ import annotations

from importlib import import_module

from recipe_lang.program.metrics import Measured
from runtime.evaluate.metrics.metric import Metric


def metric(call: Measured) -> Metric:
    """The metric that a task names, with its options."""
    module, function = call.made_by.split(".")
    return getattr(import_module(f"{__name__}.{module}"), function)(call)
