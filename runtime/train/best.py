"""Which checkpoint is the best, and when to stop early."""

from __future__ import annotations

from typing import Any

from recipe_lang.program.reach import deciding_metric
from recipe_lang.program.train import Train
from runtime.train.state import Best, State


def watched_metrics(train: Train) -> dict[str, str]:
    """Setting → `task.metric` that it needs between steps."""
    watched = {"checkpoint/best": train.checkpoint.best, "early_stop/on": train.early_stop and train.early_stop.on}
    return {setting: metric.key for setting, metric in watched.items() if metric}


def judge(state: State, entries: list[dict[str, Any]], train: Train) -> State:
    """The state after the evaluations of its step. Those without the figures watched change nothing but the list."""
    update: dict[str, Any] = {"judged": True, "evaluations": state.evaluations + entries}
    metric = deciding_metric(train)
    if found := figure(metric, entries) if metric else None:
        won = gain(found, state.best.value if state.best else None)
        if won is None or won > 0:
            update["best"] = Best(step=state.step, value=found[0])
    return state.model_copy(update=update | _patience(state, entries, train))


def _patience(state: State, entries: list[dict[str, Any]], train: Train) -> dict[str, Any]:
    """What is left of it: an early stop goes by the best value of its own metric, whatever decides on checkpoints."""
    stop = train.early_stop
    found = figure(stop.on.key, entries) if stop else None
    if stop is None or found is None:
        return {}
    won = gain(found, state.reference)
    enough = won is None or (won > 0 and won >= stop.min_gain)
    left = stop.patience if enough else state.patience_left - 1
    return {"patience_left": left, "reference": found[0] if won is None or won > 0 else state.reference}


def gain(found: tuple[float, str], before: float | None) -> float | None:
    """By how much a figure is better than `before`; None where there is nothing before.

    >>> gain((0.5, "more"), 0.25), gain((0.5, "less"), 0.25), gain((0.5, "less"), None)
    (0.25, -0.25, None)
    """
    value, better = found
    return None if before is None else (value - before if better == "more" else before - value)


def figure(metric: str, entries: list[dict[str, Any]]) -> tuple[float, str] | None:
    """(value, "more" or "less") of `task.metric` in entries of `results.json`, if it is there and is a number."""
    task, _, name = metric.rpartition(".")
    for entry in entries:
        found = entry["metrics"].get(name) if entry["task"] == task else None
        if found is not None and found["value"] is not None:
            return found["value"], found["better"]
    return None
