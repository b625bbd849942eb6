"""Figures: what the compiler computed from a program and its facts. Outside every hash; None is "not known here"."""

from __future__ import annotations

from recipe_lang.program.base import Model


class TaskRows(Model):
    source: int | None
    kept: int | None
    train: int | None
    validation: int | None
    test: int | None


class TaskFigures(Model):
    name: str
    dataset: str
    rows: TaskRows
    rate: float | None
    share: float | None
    examples_per_epoch: int | None
    passes: float | None
    """How often the run sees each of the task's training examples."""
    tokens: int | None
    """Non-padding input tokens over the whole run."""
    loss_tokens: int | None
    dropped: int | None
    cut: int | None


class DatasetFigures(Model):
    name: str
    source: int
    bad: int
    filtered: int
    duplicates: int
    unsplit: int
    limited: int
    overlapping: int
    splits: dict[str, int]


class TrainFigures(Model):
    epochs: float
    steps: int
    examples: int
    """Over the whole run; the last step may be short."""
    examples_per_epoch: int
    examples_per_step: int
    micro_batch: int | None
    accumulation: int | None
    devices: int | None
    warmup_steps: int
    trainable_parameters: int | None
    tokens: int
    loss_tokens: int


class MemoryFigures(Model):
    """Bytes, on each device, at the declared micro-batch, else at one example."""

    weights: int
    gradients: int
    optimizer: int
    activations: int | None
    logits: int | None
    total: int | None


class EvaluateFigures(Model):
    block: str | None
    task: str
    split: str
    phases: list[str]
    """`base`, `step-N`, `tuned`."""
    shots: list[int]
    """Numbers of exemplars, after training and on the way."""
    base_shots: list[int] | None = None
    """Of the untouched model; None where it is not asked on this split."""
    rows: int | None
    """At most, where a `limit` takes whole groups."""
    groups: int | None
    """Of these rows, as resampling draws them; under `limit` about so many."""
    smallest_drop: float | None
    """Smallest true drop that `retain` detects in 80% of runs, as a fraction; only of metrics that are right or wrong
    row by row."""


class Figures(Model):
    datasets: list[DatasetFigures]
    tasks: list[TaskFigures]
    train: TrainFigures | None
    memory: MemoryFigures | None
    evaluate: list[EvaluateFigures]
    notes: list[str]
    """What is None and why."""
