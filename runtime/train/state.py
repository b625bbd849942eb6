"""Where a run stands between two steps: all that is neither a tensor nor a function of the step."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from recipe_lang.program.base import Model
from recipe_lang.program.course import Validation
from recipe_lang.program.inputs import Inputs
from recipe_lang.program.program import Program
from recipe_lang.program.results import Evaluation
from runtime.train.cut import Limit


class Best(Model):
    step: int
    value: float


class State(Model):
    """Written with every checkpoint. Which examples come next, learning rates and random numbers follow from `step` and
    the plan alone."""

    format_version: Literal[1] = 1
    step: int = 0
    """Optimiser steps done."""
    judged: bool = True
    """Whether the evaluations due after `step` were made: a run that was interrupted inside them makes them anew."""
    tokens: int = 0
    """Read so far, without padding."""
    first_loss: float | None = None
    last_loss: float | None = None
    recent: list[float] = Field(default_factory=list)
    """The last losses, as many as tell one that has settled too high (`runtime.train.guard`)."""
    dropped: int = 0
    """Steps in a row up to here whose gradient overflowed fp16."""
    limit: Limit
    """Realised: what ran out of memory once is not tried again, and cuts steps the same way after resuming."""
    best: Best | None = None
    reference: float | None = None
    """Best value so far of the early stop's metric."""
    patience_left: int | None = None
    """Evaluations without a gain before an early stop; None without one."""
    evaluations: list[Evaluation] = Field(default_factory=list)
    """Made so far, in order."""
    validations: list[Validation] = Field(default_factory=list)
    """Lines of `validation.jsonl`."""
    scaler: dict[str, float | int] | None = None
    """fp16's gradient scaler."""
    training_hash: str
    evaluation_hash: str
    """Of what `evaluations` answer."""
    inputs: Inputs | None
    """What the run was planned with."""
    program: Program
    environment: dict[str, str]
    """What the last bits depend on: versions, processor, threads, processes."""
