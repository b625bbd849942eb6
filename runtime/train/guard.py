"""Stops a run whose loss is lost, before its weights are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from statistics import fmean

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.train import Train
from runtime.train import checkpoint
from runtime.train.batch import Sample, label_count
from runtime.train.run import Run
from runtime.train.state import State

EXPLODED = 3.0
"""A loss this many times over that of guessing, and over the first step's, will not come back."""

SETTLED, UNLEARNED, UNSURE = 20, 2.0, 0.5
"""Steps; times the first step's loss; part of the loss of guessing, ln V.

A model that has lost what it knew settles where it says frequent tokens whatever it reads: at about two thirds of ln V
(English text: 7 of 10.8 nats), and so is never far above guessing. One that is as unsure as among √V tokens, and had
begun at half of its loss or less, knows nothing any more; a mean over this many steps is no hard batch."""

DROPPED = 50
"""Steps in a row whose gradient overflows fp16. Each halves the scale, from 2¹⁶: beyond that many no scale helps."""

HIGH_RATE_FULL, HIGH_RATE_ADAPTER = 1e-4, 2e-3


def check_labels(step: int, samples: Sequence[Sample], *, shifted: bool) -> None:
    """Raises `Stop` where a step has nothing to learn from."""
    if not any(label_count(sample, shifted=shifted) for sample in samples):
        raise Stop(fitting.nothing_to_learn(step, [sample.row for sample in samples]), exit_code=4)


def check_step(run: Run, state: State, samples: Sequence[Sample], loss: float, norm: float) -> None:
    """Raises `Stop` where loss or gradient of the step after `state` is not a number, where the loss explodes, and
    where it settles as that of a model that has forgotten all."""
    step, lost = state.step + 1, partial(_lost, run, state.step + 1, samples)
    if not math.isfinite(loss):
        raise lost(partial(fitting.loss_not_finite, step, "loss"))
    # fp16's gradient scaler drops a step whose gradient overflows, and goes on.
    if not math.isfinite(norm) and run.setup.accelerator.scaler is None:
        raise lost(partial(fitting.loss_not_finite, step, "gradient"))
    if dropped(state, norm) >= DROPPED:
        raise lost(partial(fitting.steps_dropped, step, DROPPED))
    first = state.first_loss if state.first_loss is not None else loss
    guessing = math.log(run.setup.vocabulary)
    if loss > EXPLODED * max(first, guessing):
        raise lost(partial(fitting.loss_exploded, step, loss, first))
    losses = recent(state, loss)
    if len(losses) == SETTLED and (mean := fmean(losses)) > max(UNLEARNED * first, UNSURE * guessing):
        raise lost(partial(fitting.loss_settled_high, step, mean, SETTLED, first))


def check_validation(run: Run, step: int, samples: Sequence[Sample], loss: float) -> None:
    """Raises `Stop` where the loss on validation examples after a step is not a number."""
    if not math.isfinite(loss):
        raise _lost(run, step, samples, partial(fitting.loss_not_finite, step, "validation loss"))


def _lost(run: Run, step: int, samples: Sequence[Sample], problem: Callable[..., Diagnostic]) -> Stop:
    """`problem` takes the rows, the likeliest cause in words, and the last checkpoint before the step."""
    cause = likely_cause(step, run.setup.train, scaled=run.setup.accelerator.scaler is not None)
    good = next((f"checkpoints/step-{s}" for s in reversed(checkpoint.steps(run.folder)) if s < step), None)
    return Stop(problem([sample.row for sample in samples], cause, good), exit_code=4)


def recent(state: State, loss: float) -> list[float]:
    """The last losses, with that of the step after `state`."""
    return [*state.recent, loss][-SETTLED:]


def dropped(state: State, norm: float) -> int:
    """Steps in a row that the gradient scaler has dropped, with the one after `state`."""
    return 0 if math.isfinite(norm) else state.dropped + 1


def likely_cause(step: int, train: Train, *, scaled: bool) -> str:
    """In words, from what the recipe says and when it happened. `scaled`: fp16 with a gradient scaler."""
    if scaled:
        return "fp16 overflows where bf16 and fp32 do not: try `precision = bf16` or `fp32`"
    if step == 1:
        return "nothing was learned yet, so the weights or the compute type are broken: try `precision = fp32`"
    if train.learning_rate > (HIGH_RATE_FULL if train.method.kind == "full" else HIGH_RATE_ADAPTER):
        return f"a learning rate of {train.learning_rate:g} is high for `{train.method.kind}`: try a tenth of it"
    if train.clip_norm is None:
        return "gradients are not clipped: set `clip_norm = 1.0`"
    return "look at these rows with `ift preview`; if they are as they should be, lower the learning rate"
