"""The training loop.

What happens in a step follows from the plan, the step's number, the weights and the optimiser's state, and from
nothing else: so a run that was interrupted anywhere goes on to the same bits. Raises `Stop` for whatever a user can
mend: a loss that is lost (exit code 4), memory (4), a disk that refuses (4), a changed recipe (1), an interrupt (130).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import torch

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.course import Step, Timing
from recipe_lang.program.document import Plan
from runtime.base.progress import Progress
from runtime.models.memory import must_fit
from runtime.train.batch import Sample, read_samples
from runtime.train.between import after_step, finish, judged, start, stop_if_asked
from runtime.train.guard import check_labels, check_step, dropped, recent
from runtime.train.interrupt import Interrupt, interruptible
from runtime.train.memory import step_within_memory
from runtime.train.record import Record
from runtime.train.run import OnEvent, Run, TrainOutcome
from runtime.train.schedule import learning_rate
from runtime.train.setup import compiled, make_setup
from runtime.train.state import State
from runtime.train.step import accumulate_gradients, gradient_norm, set_rate, update
from runtime.train.track import track, tracking
from runtime.train.validation import validation_samples

if TYPE_CHECKING:
    from runtime.data import Prepared


def train(
    plan: Plan,
    prepared: Prepared,
    model: torch.nn.Module,
    run_folder: Path,
    *,
    progress: Progress,
    on_event: OnEvent,
    report: Callable[[Diagnostic], None],
    resume: bool = False,
    interrupt: Interrupt | None = None,
) -> TrainOutcome:
    """Trains `model` (loaded, with its adapter) in place.

    Writes `metrics.jsonl`, `timing.jsonl`, `validation.jsonl` and `checkpoints/step-N/` in `run_folder`. With `resume`
    it goes on from the newest whole checkpoint, or begins where there is none; warnings go to `report`. `interrupt`:
    signals that are taken over already.
    """
    figures = plan.figures.train
    setup = make_setup(plan, model, prepared.tokenizers[plan.program.train.model])
    schedule = prepared.schedule(plan.figures)
    tables = {task: prepared.tokens(task, "train") for task in schedule.tasks}
    validation = {task: splits["validation"] for task, splits in prepared.tables.items() if "validation" in splits}
    held_out = validation_samples({task: validation[task] for task in schedule.tasks if task in validation})
    run = Run(plan, setup, run_folder / "checkpoints", on_event, report, progress, held_out)
    state = start(run, resume=resume)
    if interrupt is None:
        heard = interruptible(insistent=setup.accelerator.num_processes == 1)
    else:
        heard = nullcontext(interrupt)
    recorded = {"after": state.step, "active": setup.accelerator.is_main_process}
    with (
        tracking(run),
        heard as interrupt,
        Record(run_folder / "metrics.jsonl", Step, **recorded) as metrics,
        Record(run_folder / "timing.jsonl", Timing, **recorded) as timing,
        progress.task("training", total=figures.steps - state.step, unit="steps") as bar,
    ):
        for record in (metrics, timing):
            if record.lost:
                report(fitting.record_lost(record.path.name, record.lost, state.step))
        stop_if_asked(run, state, interrupt)
        if not state.judged:
            state = judged(run, state, interrupt)
        while state.step < figures.steps and state.patience_left != 0:
            started = perf_counter()
            samples = read_samples(schedule.step(state.step + 1), tables)
            state, line = learn(run, state, samples)
            seconds = perf_counter() - started
            metrics.add(line)
            track(run, line)
            timing.add(Timing(step=state.step, seconds=round(seconds, 6)))
            bar.advance(1, loss=state.last_loss, tokens_per_second=line.tokens / seconds)
            state = after_step(run, state, interrupt, [metrics, timing])
    return finish(run, state)


def learn(run: Run, state: State, samples: Sequence[Sample]) -> tuple[State, Step]:
    """One optimiser step: the new state, and its line of `metrics.jsonl`."""
    setup, step, figures = run.setup, state.step + 1, run.plan.figures.train
    check_labels(step, samples, shifted=setup.layout.shifted)
    with compiled(setup.train):
        losses, limit = step_within_memory(
            lambda limit: accumulate_gradients(setup, step, samples, limit), run, step, samples, state.limit
        )
    rate = learning_rate(
        step,
        peak=setup.train.learning_rate,
        steps=figures.steps,
        warmup=figures.warmup_steps,
        schedule=setup.train.schedule,
    )
    set_rate(setup, rate)
    unfit = fitting.out_of_memory_updating(step)
    norm = must_fit(partial(gradient_norm, setup), unfit)
    check_step(run, state, samples, losses.labels, norm)
    must_fit(partial(update, setup), unfit)
    line = Step(
        step=step,
        loss=losses.labels,
        learning_rate=rate,
        tokens=sum(len(sample.tokens) for sample in samples),
        grad_norm=norm if math.isfinite(norm) else None,
        router_loss=losses.router,
    )
    learned = {
        "step": step,
        "tokens": state.tokens + line.tokens,
        "first_loss": losses.labels if state.first_loss is None else state.first_loss,
        "last_loss": losses.labels,
        "recent": recent(state, losses.labels),
        "dropped": dropped(state, norm),
        "limit": limit,
    }
    return state.model_copy(update=learned), line
