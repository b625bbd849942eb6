"""The course of training: lines of `metrics.jsonl`, `timing.jsonl` and `validation.jsonl`. The engine writes them."""

from __future__ import annotations

from recipe_lang.program.base import Model


class Step(Model):
    """An optimiser step."""

    step: int
    loss: float
    """Mean over the labels."""
    learning_rate: float
    tokens: int
    """Read, without padding."""
    grad_norm: float | None
    """Before clipping; None where fp16 dropped the step, as its gradient overflowed."""
    router_loss: float | None = None
    """Of a mixture of experts."""


class Timing(Model):
    """How long a step took. Beside `metrics.jsonl`, which is the same for the same recipe."""

    step: int
    seconds: float


class Validation(Model):
    """A trained task's validation examples, after a step."""

    step: int
    task: str
    loss: float
    """Mean over the labels, without smoothing."""
    token_accuracy: float
    examples: int
    labels: int
