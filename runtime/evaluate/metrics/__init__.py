"""The metrics by name. One module a family; each gives its names, its options with their defaults, and a `Metric`."""

from __future__ import annotations

from collections.abc import Callable

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import bad_metric_option, unknown_metric, unknown_metric_option
from recipe_lang.program.task import Metric as MetricCall
from runtime.evaluate.metrics import correlation, labels, likelihood, rouge, squad, translation
from runtime.evaluate.metrics.metric import Metric, Options

Builder = Callable[[str, Options], Metric]

_BUILDERS: dict[str, tuple[Builder, dict, dict]] = {
    **dict.fromkeys(rouge.NAMES, (rouge.rouge, rouge.OPTIONS, rouge.CHOICES)),
    **{name: (translation.translation, translation.OPTIONS[name], translation.CHOICES) for name in translation.NAMES},
    **{name: (squad.squad, squad.OPTIONS[name], squad.CHOICES) for name in squad.NAMES},
    **{
        name: (labels.accuracy if name.startswith("accuracy") else labels.classes, labels.OPTIONS[name], labels.CHOICES)
        for name in labels.NAMES
    },
    **{name: (correlation.correlation, correlation.OPTIONS, {}) for name in correlation.NAMES},
    **{name: (likelihood.likelihood, likelihood.OPTIONS[name], likelihood.CHOICES) for name in likelihood.NAMES},
}

NAMES = tuple(_BUILDERS)


def metric(call: MetricCall) -> Metric:
    """The metric that a task names, with its options; a Stop where either is unknown."""
    if call.name not in _BUILDERS:
        raise Stop(unknown_metric(call.name, NAMES))
    build, defaults, choices = _BUILDERS[call.name]
    for option, value in call.options.items():
        if option not in defaults:
            raise Stop(unknown_metric_option(option, call.name, tuple(defaults)))
        if not _fits(value, defaults[option], choices.get(option)):
            raise Stop(bad_metric_option(option, value, call.name, choices.get(option) or (defaults[option],)))
    return build(call.name, {**defaults, **call.options})


def _fits(value: object, default: object, choices: tuple[str, ...] | None) -> bool:
    if choices is not None:
        return value in choices
    if default is None:
        return value is None or not isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default) and (not isinstance(value, int) or 0 <= value <= 32)
