"""Which checkpoint is the best, and when to stop early."""

from __future__ import annotations

from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.program import Train
from runtime.train.state import Best, State


def deciding_metric(train: Train) -> str | None:
    """`task.metric` that decides; an early stop keeps its best as well."""
    if train.checkpoint.best:
        return train.checkpoint.best
    return train.early_stop.on if train.early_stop else None


def judge(state: State, entries: list[dict[str, Any]], train: Train) -> State:
    """The state after the evaluations of its step. Evaluations that do not hold the deciding figure change nothing but
    the list; one that has another figure of that task, and not this one, raises `Stop`."""
    update: dict[str, Any] = {"judged": True, "evaluations": state.evaluations + entries}
    metric = deciding_metric(train)
    found = figure(metric, entries, state.step) if metric else None
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


def figure(metric: str, entries: list[dict[str, Any]], step: int) -> tuple[float, str] | None:
    """(value, "more" or "less") of `task.metric` in `results.json`'s entries; None where its task was not evaluated."""
    task, _, name = metric.rpartition(".")
    of_task = [entry["metrics"] for entry in entries if entry["task"] == task]
    for metrics in of_task:
        if name in metrics:
            return metrics[name]["value"], metrics[name]["better"]
    if of_task:
        raise Stop(fitting.unscored(metric, step, [f"{task}.{known}" for known in of_task[0]]), exit_code=4)
    return None
