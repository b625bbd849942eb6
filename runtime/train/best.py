"""Which checkpoint is the best, and when to stop early."""

from __future__ import annotations

from typing import Any

from recipe_lang.program.train import Train
from runtime.train.state import Best, State


def deciding_metric(train: Train) -> str | None:
    """`task.metric` that decides; an early stop keeps its best as well."""
    if train.checkpoint.best:
        return train.checkpoint.best
    return train.early_stop.on if train.early_stop else None


def judge(state: State, entries: list[dict[str, Any]], train: Train) -> State:
    """The state after the evaluations of its step. Those without the deciding figure change nothing but the list."""
    update: dict[str, Any] = {"judged": True, "evaluations": state.evaluations + entries}
    metric = deciding_metric(train)
    found = figure(metric, entries) if metric else None
    if found is not None:
        value, better = found
        sign = 1 if better == "more" else -1
        gain = sign * (value - state.best.value) if state.best else None
        if gain is None or gain > 0:
            update["best"] = Best(step=state.step, value=value)
        if train.early_stop:
            enough = gain is None or (gain > 0 and gain >= train.early_stop.min_gain)
            update["patience_left"] = train.early_stop.patience if enough else state.patience_left - 1
    return state.model_copy(update=update)


def figure(metric: str, entries: list[dict[str, Any]]) -> tuple[float, str] | None:
    """(value, "more" or "less") of `task.metric` in entries of `results.json`, if it is there."""
    task, _, name = metric.rpartition(".")
    for entry in entries:
        if entry["task"] == task and name in entry["metrics"]:
            return entry["metrics"][name]["value"], entry["metrics"][name]["better"]
    return None
