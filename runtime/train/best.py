"""Which checkpoint is the best, and when to stop early."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.program.reach import deciding_metric
from recipe_lang.program.results import Evaluation, Figure
from recipe_lang.program.train import Train
from runtime.base.borders import side
from runtime.train.state import Best, State


def watched_metrics(train: Train) -> dict[str, str]:
    """Setting → `task.metric` that it needs between steps."""
    watched = {"checkpoint/best": train.checkpoint.best, "early_stop/on": train.early_stop and train.early_stop.on}
    return {setting: metric.key for setting, metric in watched.items() if metric}


def judge(state: State, evaluations: Sequence[Evaluation], train: Train) -> State:
    """The state after the evaluations of its step. Those without the figures watched change nothing but the list."""
    metric, best = deciding_metric(train), state.best
    if found := figure(metric, evaluations) if metric else None:
        won = gain(found.value, found.better, best and best.value)
        if won is None or side(won, 0) > 0:
            best = Best(step=state.step, value=found.value)
    made = [*state.evaluations, *evaluations]
    return _patience(state, evaluations, train).model_copy(update={"judged": True, "evaluations": made, "best": best})


def _patience(state: State, evaluations: Sequence[Evaluation], train: Train) -> State:
    """What is left of it: an early stop goes by the best value of its own metric, whatever decides on checkpoints."""
    stop = train.early_stop
    found = figure(stop.on.key, evaluations) if stop else None
    if stop is None or found is None:
        return state
    won = gain(found.value, found.better, state.reference)
    better = won is None or bool(side(won, 0) > 0)
    enough = better and (won is None or bool(side(won, stop.min_gain) >= 0))
    left = stop.patience if enough else state.patience_left - 1
    reference = found.value if better else state.reference
    return state.model_copy(update={"patience_left": left, "reference": reference})


def gain(value: float, better: str, before: float | None) -> float | None:
    """By how much a figure is better than `before`; None where there is nothing before.

    >>> gain(0.5, "more", 0.25), gain(0.5, "less", 0.25), gain(0.5, "less", None)
    (0.25, -0.25, None)
    """
    return None if before is None else (value - before if better == "more" else before - value)


def figure(metric: str, evaluations: Sequence[Evaluation]) -> Figure | None:
    """That of `task.metric`, if it is there and is a number."""
    task, _, name = metric.rpartition(".")
    measured = (one.metrics[name] for one in evaluations if one.task == task and name in one.metrics)
    return next((found for found in measured if found.value is not None), None)
