"""Where a run stands between two steps: all that is neither a tensor nor a function of the step."""

from __future__ import annotations

from typing import Literal

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
    step: int
    """Optimiser steps done."""
    judged: bool
    """Whether the evaluations due after `step` were made: a run that was interrupted inside them makes them anew."""
    tokens: int
    """Read so far, without padding."""
    first_loss: float | None
    last_loss: float | None
    recent: list[float]
    """The last losses, as many as tell one that has settled too high (`runtime.train.guard`)."""
    dropped: int
    """Steps in a row up to here whose gradient overflowed fp16."""
    limit: Limit
    """Realised: what ran out of memory once is not tried again, and cuts steps the same way after resuming."""
    best: Best | None
    reference: float | None
    """Best value so far of the early stop's metric."""
    patience_left: int | None
    """Evaluations without a gain before an early stop; None without one."""
    evaluations: list[Evaluation]
    """Made so far, in order."""
    validations: list[Validation]
    """Lines of `validation.jsonl`."""
    scaler: dict[str, float | int] | None
    """fp16's gradient scaler."""
    training_hash: str
    evaluation_hash: str
    """Of what `evaluations` answer."""
    inputs: Inputs | None
    """What the run was planned with."""
    program: Program
    environment: dict[str, str]
    """What the last bits depend on: versions, processor, threads, processes."""
