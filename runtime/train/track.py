"""Experiment trackers, through accelerate: what `metrics.jsonl` and `validation.jsonl` hold, for those who watch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from recipe_lang.program.document import Plan


@contextmanager
def tracking(accelerator: Accelerator, plan: Plan, run_folder: Path) -> Iterator[None]:
    """Trackers that write files write them to `run_folder/trackers`."""
    if not plan.program.train.track:
        yield
        return
    accelerator.project_configuration.set_directories(str(run_folder / "trackers"))
    accelerator.log_with = list(plan.program.train.track)
    accelerator.init_trackers(plan.program.name, config={"plan": plan.hash, "seed": plan.program.seed})
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
