"""One optimiser step: gradients over its micro-batches, then the update."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from accelerate.optimizer import AcceleratedOptimizer

from recipe_lang.program.program import Train
from runtime.base.seeds import seed
from runtime.train.batch import MicroBatch, Row, Sample, label_weights
from runtime.train.cut import Limit, deal
from runtime.train.layout import Layout
from runtime.train.loss import micro_batch_loss


@dataclass(frozen=True, slots=True)
class Setup:
    """What stays the same over a run."""

    accelerator: Accelerator
    model: torch.nn.Module
    """Prepared: its forward is the one to call."""
    optimizer: AcceleratedOptimizer
    train: Train
    layout: Layout
    selects: bool
    """Whether the model's forward takes `logits_to_keep`."""
    vocabulary: int
    seed: int


def accumulate_gradients(setup: Setup, step: int, samples: Sequence[Sample], limit: Limit) -> float:
    """Adds the gradient of the whole step's loss, and returns that loss (over all processes).

    Randomness (dropout) is a function of seed, step, process and micro-batch: nothing that runs between steps touches
    it, a step that starts over repeats it, and a checkpoint needs no random state.
    """
    accelerator = setup.accelerator
    batches = micro_batches(setup, samples, limit)
    total = torch.zeros((), device=accelerator.device, dtype=torch.float64)
    for i, batch in enumerate(batches):
        stream = (str(step), str(accelerator.process_index), str(i))
        torch.manual_seed(seed(setup.seed, "train", "dropout", *stream))
        last = i == len(batches) - 1
        with nullcontext() if last else accelerator.no_sync(setup.model):
            loss = micro_batch_loss(
                setup.model, batch.to(accelerator.device), smoothing=setup.train.label_smoothing, selects=setup.selects
            )
            # Gradients are averaged over processes; the step's loss is a sum over them.
            accelerator.backward(loss * accelerator.num_processes)
        total += loss.detach()
    return accelerator.reduce(total, "sum").item()


def micro_batches(setup: Setup, samples: Sequence[Sample], limit: Limit) -> list[MicroBatch]:
    """This process's micro-batches of a step; as many as every other process has, as they work in lockstep."""
    layout, accelerator = setup.layout, setup.accelerator
    weights = label_weights(samples, setup.train.loss, shifted=layout.shifted)
    lengths = [layout.length(sample) for sample in samples]
    rows = layout.rows(lengths, limit)
    row_lengths = [sum(lengths[i] for i in row) for row in rows]
    mine = deal(row_lengths, limit, processes=accelerator.num_processes)[accelerator.process_index]
    # A process that is out of rows repeats the shortest one, which then counts for nothing.
    shortest = min(range(len(rows)), key=lambda r: row_lengths[r])
    filler: Row = [(samples[i], 0.0) for i in rows[shortest]]
    return [
        layout.batch([[(samples[i], weights[i]) for i in rows[r]] for r in positions] or [filler]) for positions in mine
    ]


def gradient_norm(setup: Setup) -> float:
    """Clips to the recipe's norm, and returns the norm before."""
    most = setup.train.clip_norm if setup.train.clip_norm is not None else float("inf")
    parameters = [p for p in setup.model.parameters() if p.requires_grad]
    return float(setup.accelerator.clip_grad_norm_(parameters, most))


def update(setup: Setup, learning_rate: float) -> None:
    for group in setup.optimizer.param_groups:
        group["lr"] = learning_rate
    setup.optimizer.step()
    setup.optimizer.zero_grad()
