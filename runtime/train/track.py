"""Experiment trackers, through accelerate: what `metrics.jsonl` and `validation.jsonl` hold, for those who watch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from accelerate.tracking import GeneralTracker

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.diagnostics.render.visible import printable
from recipe_lang.program.course import Step, Validation
from recipe_lang.program.results import Evaluation
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


def track(run: Run, line: Step | Validation) -> None:
    """One line of `metrics.jsonl`, or of `validation.jsonl` under `validation/TASK/`."""
    prefix = f"validation/{line.task}/" if isinstance(line, Validation) else ""
    _log(run, line.step, {f"{prefix}{name}": value for name, value in line if name not in ("step", "task")})


def track_figures(run: Run, step: int, evaluations: Sequence[Evaluation]) -> None:
    """As `TASK.METRIC`, with the number of exemplars where there are some."""
    found = {}
    for one in evaluations:
        shots = f"/{one.shots} shots" if one.shots else ""
        for name, figure in one.metrics.items():
            # Two blocks may ask the same; the first one's figure is the one that decides, too.
            found.setdefault(printable(f"{one.task}.{name}{shots}"), figure.value)
    _log(run, step, found)


def _log(run: Run, step: int, values: Mapping[str, float | None]) -> None:
    numbers = {name: value for name, value in values.items() if value is not None}
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
