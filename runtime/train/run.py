"""What the parts of the loop share, and what they hand back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.base import Model
from recipe_lang.program.cadence import due_steps
from recipe_lang.program.document import Plan
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.results import Evaluation
from recipe_lang.program.values import Cadence
from runtime.base.progress import Progress
from runtime.train.batch import Sample
from runtime.train.best import watched_metrics
from runtime.train.step import Setup

OnEvent = Callable[[int, list[Evaluate]], list[Evaluation]]
"""(step, `evaluate` blocks due after it) → what they came to, on the main process. Called on every process, with the
model that was passed to `train` in evaluation mode."""


@dataclass(frozen=True, slots=True)
class Run:
    plan: Plan
    setup: Setup
    folder: Path
    """Where checkpoints go."""
    on_event: OnEvent
    report: Callable[[Diagnostic], None]
    """Takes warnings."""
    progress: Progress
    checkpoints: frozenset[int]
    """Steps after which a checkpoint is due."""
    evaluations: dict[int, list[Evaluate]]
    """Step → blocks due after it."""
    validations: frozenset[int]
    """Steps after which loss and accuracy on `held_out` are due."""
    held_out: dict[str, list[Sample]]
    """Validation examples of each task that is trained and has some."""
    rehearsed: dict[bool, int]
    """The largest area of a micro-batch that these processes have held, before and after the optimiser has states."""


class TrainOutcome(Model):
    """The model that was passed in now holds the weights to keep: the best checkpoint's where the recipe asks for the
    best, else the last step's."""

    steps: int
    """Steps done; fewer than planned after an early stop."""
    tokens: int
    """Read in this run, without padding."""
    seconds: float
    """Of training steps alone, over all parts of an interrupted run."""
    last_loss: float
    best_step: int | None
    best_value: float | None
    stopped_early: bool
    evaluations: list[Evaluation]
    """Made in the loop, those before an interruption included."""

    @property
    def kept_step(self) -> int:
        """Whose weights are kept."""
        return self.best_step or self.steps


def make_run(
    plan: Plan,
    setup: Setup,
    folder: Path,
    on_event: OnEvent,
    report: Callable[[Diagnostic], None],
    progress: Progress,
    held_out: dict[str, list[Sample]],
) -> Run:
    train, figures = plan.program.train, plan.figures.train
    due = partial(due_steps, steps=figures.steps, epoch_size=figures.examples_per_epoch, batch=train.batch)
    evaluations: dict[int, list[Evaluate]] = {}
    for block in plan.program.evaluations:
        for step in frozenset().union(*map(due, block.every)):
            evaluations.setdefault(step, []).append(block)
    judging = [block for blocks in evaluations.values() for block in blocks]
    for setting, metric in watched_metrics(train).items():
        if not any(_judges(block, metric, plan) for block in judging):
            raise Stop(fitting.never_judged(metric, setting, figures.steps))
    validations = frozenset(evaluations) or due(Cadence(amount=1, unit="epoch")) | {figures.steps}
    return Run(
        plan=plan,
        setup=setup,
        folder=folder,
        on_event=on_event,
        report=report,
        progress=progress,
        checkpoints=due(train.checkpoint.every) | {figures.steps},
        evaluations=evaluations,
        validations=validations if held_out else frozenset(),
        held_out=held_out,
        rehearsed={},
    )


def _judges(block: Evaluate, metric: str, plan: Plan) -> bool:
    """Whether the block evaluates the metric's task between steps, on a split that the task has."""
    return any(
        f.block == block.name and f.task == metric.rpartition(".")[0] and "step-N" in f.phases
        for f in plan.figures.evaluate
    )
