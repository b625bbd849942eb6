"""Figures as people read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from recipe_lang.diagnostics.problems.wording import counted
from recipe_lang.program.results import Measured, Results


def figure(value: float | None) -> str:
    """Four decimals below ten, fewer above; a dash where there is none.

    >>> figure(0.5), figure(31.4159), figure(20817.3), figure(None)
    ('0.5000', '31.42', '20,817', '–')
    """
    if value is None:
        return "–"
    size = abs(value)
    return f"{value:.4f}" if size < 10 else f"{value:.2f}" if size < 1000 else f"{value:,.0f}"


def signed(value: float | None) -> str:
    """As `figure`, with a sign, of nought too.

    >>> signed(0.125), signed(-0.125), signed(0.0)
    ('+0.1250', '−0.1250', '±0.0000')
    """
    return "–" if value is None else ("+" if value > 0 else "−" if value < 0 else "±") + figure(abs(value))


def interval(low: float | None, high: float | None, show: Callable[[float], str] = figure) -> str:
    """A dash where there is none, and where no resample differs from another: such rows do not show how far off the
    figure may be.

    >>> interval(0.25, 0.5), interval(-0.25, 0.5, signed), interval(0.5, 0.5)
    ('0.2500 to 0.5000', '−0.2500 to +0.5000', '–')
    """
    return "–" if low is None or high is None or low == high else f"{show(low)} to {show(high)}"


def headed(results: Results) -> float | None:
    """The confidence that the heads of tables name: that of the first evaluation."""
    return next((one.confidence for one in results.evaluations), None)


def stated(
    low: float | None, high: float | None, own: float, head: float | None, show: Callable[[float], str] = figure
) -> str:
    """An interval that names its confidence where that is another than the head's.

    >>> stated(0.25, 0.5, 0.95, 0.95), stated(0.25, 0.5, 0.9, 0.95)
    ('0.2500 to 0.5000', '0.2500 to 0.5000 (90%)')
    """
    text = interval(low, high, show)
    return text if own == head or text == "–" else f"{text} ({percent(own)})"


def percent(share: float | None) -> str:
    """At most four digits.

    >>> percent(0.95), percent(1 / 3), percent(None)
    ('95%', '33.33%', '–')
    """
    return "–" if share is None else f"{100 * share:.4g}%"


def phase_name(phase: str, results: Results) -> str:
    """A model that nothing was compared with is no "untouched" one."""
    alone = all(one.phase == "base" for one in results.evaluations)
    return {"base": "as it is" if alone else "untouched", "tuned": "tuned"}.get(phase, phase.replace("-", " "))


def task_name(line: Measured, lines: Sequence[Measured]) -> str:
    """The task of a line, and its number of exemplars where the task stands there with others too."""
    others = {other.shots for other in lines if other.task == line.task}
    return f"{line.task}, {counted(line.shots, 'shot')}" if len(others) > 1 else line.task
