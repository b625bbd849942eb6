"""Figures as people read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from recipe_lang.diagnostics.problems.wording import counted
from recipe_lang.program.results import Measured, Results


def figure(value: float | None) -> str:
    """Four decimals below ten, fewer above; a dash where there is none."""
    if value is None:
        return "–"
    size = abs(value)
    return f"{value:.4f}" if size < 10 else f"{value:.2f}" if size < 1000 else f"{value:,.0f}"


def signed(value: float | None) -> str:
    return "–" if value is None else ("+" if value > 0 else "−" if value < 0 else "±") + figure(abs(value))


def interval(low: float | None, high: float | None, show: Callable[[float], str] = figure) -> str:
    """A dash where there is none, and where no resample differs from another: such rows do not show how far off the
    figure may be."""
    return "–" if low is None or high is None or low == high else f"{show(low)} to {show(high)}"


def headed(results: Results) -> float | None:
    """The confidence that the heads of tables name: that of the first evaluation."""
    return next((one.confidence for one in results.evaluations), None)


def stated(
    low: float | None, high: float | None, own: float, head: float | None, show: Callable[[float], str] = figure
) -> str:
    """An interval that names its confidence where that is another than the head's."""
    text = interval(low, high, show)
    return text if own == head or text == "–" else f"{text} ({percent(own)})"


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.4g}%"


def phase_name(phase: str, results: Results) -> str:
    """A model that nothing was compared with is no "untouched" one."""
    alone = all(one.phase == "base" for one in results.evaluations)
    return {"base": "as it is" if alone else "untouched", "tuned": "tuned"}.get(phase, phase.replace("-", " "))


def task_name(line: Measured, lines: Sequence[Measured]) -> str:
    """The task of a line, and its number of exemplars where the task stands there with others too."""
    others = {other.shots for other in lines if other.task == line.task}
    return f"{line.task}, {counted(line.shots, 'shot')}" if len(others) > 1 else line.task
