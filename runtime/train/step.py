"""One optimiser step: gradients over its micro-batches, then the update."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import torch
from accelerate import Accelerator
from accelerate.optimizer import AcceleratedOptimizer
from accelerate.utils import DistributedType

from recipe_lang.program.train import Train
from runtime.base.seeds import seed
from runtime.models.rope import Turn
from runtime.train.batch import BatchRow, MicroBatch, Sample, label_weights
from runtime.train.cut import Limit, deal
from runtime.train.distribute import whole
from runtime.train.layout import Layout
from runtime.train.loss import Heads, micro_batch_loss
from runtime.train.noise import Noise


@dataclass(frozen=True, slots=True)
class Setup:
    """What stays the same over a run."""

    accelerator: Accelerator
    model: torch.nn.Module
    """Prepared: its forward is the one to call."""
    optimizer: AcceleratedOptimizer
    train: Train
    precision: str
    """What is computed in: bf16, fp16 or fp32."""
    layout: Layout
    heads: Heads
    vocabulary: int
    turn: Turn | None
    """See `Limit`."""
    seed: int
    noise: Noise | None


@dataclass(frozen=True, slots=True)
class Losses:
    """Of a whole step, over all processes."""

    labels: float
    """Cross-entropy: per token or per example, as declared."""
    router: float | None
    """A mixture of experts' own loss, weighted as in the model's config: the mean over micro-batches, by their tokens.
    It is none over examples, so that it depends a little on how a step is cut."""


def accumulate_gradients(setup: Setup, step: int, samples: Sequence[Sample], limit: Limit) -> Losses:
    """Adds the gradient of the whole step's loss.

    Randomness (dropout) is a function of seed, step, process and micro-batch: nothing that runs between steps touches
    it, a step that starts over repeats it, and a checkpoint needs no random state.
    """
    accelerator = setup.accelerator
    weights = label_weights(samples, setup.train.loss, shifted=setup.layout.shifted)
    batches = micro_batches(setup, samples, limit, weights)
    sums = torch.zeros(2, device=accelerator.device, dtype=sum_type(accelerator.device))
    step_tokens = sum(map(setup.layout.length, samples))
    for i, (batch, tokens) in enumerate(batches):
        stream = (str(step), str(accelerator.process_index), str(i))
        torch.manual_seed(seed(setup.seed, "train", "dropout", *stream))
        with _accumulating(setup, last=i == len(batches) - 1):
            sums += _add_gradient(setup, batch, share=tokens / step_tokens)
    labels, routers = accelerator.reduce(sums, "sum").tolist()
    return Losses(labels, None if setup.heads.router is None else routers)


def has_engine(setup: Setup) -> bool:
    """The model is DeepSpeed's engine, which reduces gradients, clips them and updates."""
    return setup.accelerator.distributed_type == DistributedType.DEEPSPEED


def _accumulating(setup: Setup, *, last: bool) -> AbstractContextManager[None]:
    """Gradients of a step's micro-batches go to other processes with the last."""
    if has_engine(setup):
        setup.model.set_gradient_accumulation_boundary(last)
        return nullcontext()
    return nullcontext() if last else setup.accelerator.no_sync(setup.model)


def one_gradient(setup: Setup, step: int, samples: Sequence[Sample], rows: Sequence[Sequence[int]]) -> None:
    """Computes the gradient of a single micro-batch on a copy and drops it, to see whether memory holds it. Neither
    parameters nor the wrapper get to know, which would remember what was used."""
    torch.manual_seed(seed(setup.seed, "train", "rehearsal", str(step)))
    batch = setup.layout.batch([[(samples[i], 1.0) for i in row] for row in rows])
    loss, router = _losses(replace(setup, model=setup.model.module), batch, 1.0)
    trained = [parameter for parameter in setup.model.parameters() if parameter.requires_grad]
    torch.autograd.grad(loss if router is None else loss + router, trained, allow_unused=True)


def _add_gradient(setup: Setup, batch: MicroBatch, *, share: float) -> torch.Tensor:
    """Loss of the labels, and of the router."""
    accelerator = setup.accelerator
    loss, router = _losses(setup, batch, share)
    backward = setup.model.backward if has_engine(setup) else accelerator.backward
    # Gradients are averaged over processes; the step's loss is a sum over them.
    backward((loss if router is None else loss + router) * accelerator.num_processes)
    losses = [loss.detach(), torch.zeros_like(loss) if router is None else router.detach()]
    return torch.stack([part.to(sum_type(accelerator.device)) for part in losses])


def _losses(setup: Setup, batch: MicroBatch, share: float) -> tuple[torch.Tensor, torch.Tensor | None]:
    batch = batch.to(setup.accelerator.device)
    if setup.noise is not None:
        setup.noise.lengths = batch.lengths
    return micro_batch_loss(setup.model, batch, setup.heads, smoothing=setup.train.label_smoothing, share=share)


def sum_type(device: torch.device) -> torch.dtype:
    """Some devices have no fp64."""
    return torch.float32 if device.type == "mps" else torch.float64


def micro_batches(
    setup: Setup, samples: Sequence[Sample], limit: Limit, weights: Sequence[float]
) -> list[tuple[MicroBatch, int]]:
    """This process's micro-batches of some samples, each with its number of tokens; as many as every other process has,
    as they work in lockstep: one that only fills up has none.

    `weights`: of each sample's labels.
    """
    layout, accelerator = setup.layout, setup.accelerator
    rows, row_lengths = rows_of(setup, samples, limit)
    mine = deal(row_lengths, limit, processes=accelerator.num_processes)[accelerator.process_index]
    # A process that is out of rows repeats the shortest one, which then counts for nothing.
    shortest = min(range(len(rows)), key=lambda r: row_lengths[r])
    filler: BatchRow = [(samples[i], 0.0) for i in rows[shortest]]
    return [
        (
            layout.batch([[(samples[i], weights[i]) for i in rows[r]] for r in positions] or [filler]),
            sum(row_lengths[r] for r in positions),
        )
        for positions in mine
    ]


def rows_of(setup: Setup, samples: Sequence[Sample], limit: Limit) -> tuple[list[list[int]], list[int]]:
    """Rows of some samples, as their positions, and the rows' lengths."""
    lengths = [setup.layout.length(sample) for sample in samples]
    rows = setup.layout.rows(lengths, limit)
    return rows, [sum(lengths[i] for i in row) for row in rows]


def gradient_norm(setup: Setup) -> float:
    """Clips to the recipe's norm, and returns the norm before.

    DeepSpeed's engine updates, too, where the norm is a number; `update` then has nothing left to do.
    """
    if has_engine(setup):
        setup.model.step()
        return float(setup.model.get_global_grad_norm())
    most = setup.train.clip_norm if setup.train.clip_norm is not None else float("inf")
    parameters = [p for p in setup.model.parameters() if p.requires_grad]
    return float(whole(setup.accelerator.clip_grad_norm_(parameters, most)))


def set_rate(setup: Setup, learning_rate: float) -> None:
    for group in setup.optimizer.param_groups:
        group["lr"] = learning_rate


def update(setup: Setup) -> None:
    setup.optimizer.step()
    setup.optimizer.zero_grad()
