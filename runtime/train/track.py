"""Experiment trackers, through accelerate: what `metrics.jsonl` and `validation.jsonl` hold, for those who watch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.document import Plan


@contextmanager
def tracking(accelerator: Accelerator, plan: Plan, run_folder: Path) -> Iterator[None]:
    """Trackers that write files write them to `run_folder/trackers`. Raises `Stop` (IFT771) where one does not start:
    each has errors of its own for an account that is not logged in, or a server that does not answer."""
    if not plan.program.train.track:
        yield
        return
    accelerator.project_configuration.set_directories(str(run_folder / "trackers"))
    accelerator.log_with = list(plan.program.train.track)
    try:
        accelerator.init_trackers(plan.program.name, config={"plan": plan.hash, "seed": plan.program.seed})
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise Stop(fitting.tracker_does_not_start(plan.program.train.track, reason), exit_code=4) from error
    try:
        yield
    finally:
        accelerator.end_training()


def track(accelerator: Accelerator, line: dict[str, Any]) -> None:
    """One line of `metrics.jsonl`, or of `validation.jsonl` under `validation/TASK/`."""
    prefix = f"validation/{line['task']}/" if "task" in line else ""
    values = {f"{prefix}{name}": value for name, value in line.items() if isinstance(value, (int, float))}
    values.pop(f"{prefix}step")
    accelerator.log(values, step=line["step"])
