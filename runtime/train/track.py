"""Experiment trackers, through accelerate: what `metrics.jsonl` and `validation.jsonl` hold, for those who watch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from accelerate.tracking import GeneralTracker

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from runtime.train.run import Run


@contextmanager
def tracking(run: Run) -> Iterator[None]:
    """Trackers that write files write them to `trackers` in the run folder. Raises `Stop` (IFT771) where one does not
    start: each has errors of its own for an account that is not logged in, or a server that does not answer."""
    accelerator, plan = run.setup.accelerator, run.plan
    if not plan.program.train.track:
        yield
        return
    accelerator.project_configuration.set_directories(str(run.folder.parent / "trackers"))
    accelerator.log_with = list(plan.program.train.track)
    try:
        accelerator.init_trackers(plan.program.name, config={"plan": plan.hash, "seed": plan.program.seed})
    except Exception as error:
        raise Stop(fitting.tracker_does_not_start(plan.program.train.track, _reason(error)), exit_code=4) from error
    try:
        yield
    finally:
        for tracker in list(accelerator.trackers):
            with _guarded(run, tracker):
                tracker.finish()


def track(run: Run, line: dict[str, Any]) -> None:
    """One line of `metrics.jsonl`, or of `validation.jsonl` under `validation/TASK/`."""
    prefix = f"validation/{line['task']}/" if "task" in line else ""
    _log(run, line["step"], {f"{prefix}{name}": value for name, value in line.items() if name != "step"})


def track_figures(run: Run, step: int, entries: Sequence[dict[str, Any]]) -> None:
    """Entries of `results.json` as `TASK.METRIC`, with the number of exemplars where there are some."""
    found = {}
    for entry in entries:
        shots = f"/{entry['shots']} shots" if entry.get("shots") else ""
        for name, metric in entry["metrics"].items():
            # Two blocks may ask the same; the first one's figure is the one that decides, too.
            found.setdefault(f"{entry['task']}.{name}{shots}", metric["value"])
    _log(run, step, found)


def _log(run: Run, step: int, values: dict[str, Any]) -> None:
    numbers = {name: value for name, value in values.items() if isinstance(value, (int, float))}
    for tracker in list(run.setup.accelerator.trackers):
        with _guarded(run, tracker):
            tracker.log(numbers, step=step)


@contextmanager
def _guarded(run: Run, tracker: GeneralTracker) -> Iterator[None]:
    """A tracker that fails is said once, and left out from then on: the records hold the same lines."""
    try:
        yield
    except Exception as error:
        run.setup.accelerator.trackers.remove(tracker)
        run.report(fitting.tracker_lost(tracker.name, _reason(error)))


def _reason(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
