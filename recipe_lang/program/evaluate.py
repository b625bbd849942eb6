"""What a program evaluates, and what must hold."""

from __future__ import annotations

from typing import Literal

from recipe_lang.program.base import Model
from recipe_lang.program.train import Every


class Requirement(Model):
    task: str
    metric: str
    gain: bool
    """True: the difference to `start`, not the value itself."""
    comparison: Literal[">=", "<=", ">", "<"]
    value: float
    expression: str
    """As the recipe writes it."""


class Evaluate(Model):
    name: str | None
    model: str
    tasks: list[str]
    """Names of tasks, mixtures and suites."""
    split: str | None
    """None: `test` (else `validation`) at start and end, `validation` in between."""
    start: bool
    end: bool
    every: list[Every]
    shots: list[int]
    limit: int | dict[str, int] | None
    precision: Literal["bf16", "fp16", "fp32"] | None
    noise: bool
    retain: dict[str, float]
    """Budget in points of the task's main metric, as a fraction."""
    require: list[Requirement]
    confidence: float
    strict: bool
