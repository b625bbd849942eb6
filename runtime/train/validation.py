"""Loss and token accuracy on validation examples, between steps: on every process, no row twice, none left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

from recipe_lang.program.course import Validation
from runtime.train.batch import Sample, read_samples
from runtime.train.cut import Limit
from runtime.train.distribute import without_training
from runtime.train.loss import label_logits
from runtime.train.memory import within_memory
from runtime.train.step import Setup, micro_batches, sum_type

if TYPE_CHECKING:
    from runtime.data.tables.table import TokenTable

MOST_EXAMPLES = 256
"""Of a task. Tables stand in a seeded order, so their first examples are a sample, the same at every step."""
_AT_ONCE = 16


def validation_samples(tables: Mapping[str, TokenTable]) -> dict[str, list[Sample]]:
    first = {task: range(min(len(table), MOST_EXAMPLES)) for task, table in tables.items()}
    return {task: read_samples([(task, place) for place in places], tables) for task, places in first.items()}


def validate(
    setup: Setup,
    step: int,
    task: str,
    samples: Sequence[Sample],
    limit: Limit,
    done: Callable[[int], None] = lambda rows: None,
) -> Validation:
    """The same on all processes. The model computes as in training, without dropout. `done(rows)` is called now and
    then."""
    sums, _ = within_memory(partial(_sums, setup, samples, done), setup, step, samples, limit)
    loss, right, labels = setup.accelerator.reduce(sums, "sum").tolist()
    return Validation(
        step=step,
        task=task,
        loss=loss / labels if labels else 0.0,
        token_accuracy=right / labels if labels else 0.0,
        examples=len(samples),
        labels=int(labels),
    )


def _sums(setup: Setup, samples: Sequence[Sample], done: Callable[[int], None], limit: Limit) -> torch.Tensor:
    """Loss, right tokens and labels of this process's part."""
    sums = torch.zeros(3, device=setup.accelerator.device, dtype=sum_type(setup.accelerator.device))
    with without_training(setup.model):
        for start in range(0, len(samples), _AT_ONCE):
            part = samples[start : start + _AT_ONCE]
            for batch, _ in micro_batches(setup, part, limit, weights=[1.0] * len(part)):
                moved = batch.to(setup.accelerator.device)
                logits = label_logits(setup.model, moved, setup.heads)[0]
                losses = F.cross_entropy(logits.float(), moved.targets, reduction="none")
                right = logits.argmax(-1) == moved.targets
                sums += torch.stack([(one * moved.weights).sum() for one in (losses, right, torch.ones_like(losses))])
            done(len(part))
    return sums
