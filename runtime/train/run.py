"""What the parts of the loop share, and what they hand back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
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


@dataclass(frozen=True)
class Run:
    """Raises `Stop` (IFT764) where nothing that is evaluated between steps is what the recipe watches."""

    plan: Plan
    setup: Setup
    folder: Path
    """Where checkpoints go."""
    on_event: OnEvent
    report: Callable[[Diagnostic], None]
    """Takes warnings."""
    progress: Progress
    held_out: dict[str, list[Sample]]
    """Validation examples of each task that is trained and has some."""
    rehearsed: dict[bool, int] = field(default_factory=dict)
    """The largest area of a micro-batch that these processes have held, before and after the optimiser has states."""

    def __post_init__(self) -> None:
        judging = [block for blocks in self.evaluations.values() for block in blocks]
        for setting, metric in watched_metrics(self.setup.train).items():
            if not any(_judges(block, metric, self.plan) for block in judging):
                raise Stop(fitting.never_judged(metric, setting, self.plan.figures.train.steps))

    @cached_property
    def checkpoints(self) -> frozenset[int]:
        """Steps after which a checkpoint is due."""
        return self._due(self.setup.train.checkpoint.every) | {self.plan.figures.train.steps}

    @cached_property
    def evaluations(self) -> dict[int, list[Evaluate]]:
        """Step → blocks due after it."""
        found: dict[int, list[Evaluate]] = {}
        for block in self.plan.program.evaluations:
            for step in frozenset().union(*map(self._due, block.every)):
                found.setdefault(step, []).append(block)
        return found

    @cached_property
    def validations(self) -> frozenset[int]:
        """Steps after which loss and accuracy on `held_out` are due."""
        usual = self._due(Cadence(amount=1, unit="epoch")) | {self.plan.figures.train.steps}
        return (frozenset(self.evaluations) or usual) if self.held_out else frozenset()

    def _due(self, cadence: Cadence) -> frozenset[int]:
        figures = self.plan.figures.train
        epoch = figures.examples_per_epoch
        return due_steps(cadence, steps=figures.steps, epoch_size=epoch, batch=self.setup.train.batch)


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


def _judges(block: Evaluate, metric: str, plan: Plan) -> bool:
    """Whether the block evaluates the metric's task between steps, on a split that the task has."""
    return any(
        f.block == block.name and f.task == metric.rpartition(".")[0] and "step-N" in f.phases
        for f in plan.figures.evaluate
    )
