"""`train`: model, data and how the one learns from the other."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Literal

from pydantic import Field

from recipe_lang.program.block import NOTHING, Block, Call, Inner
from recipe_lang.program.methods import AnyMethod, Full
from recipe_lang.program.metrics import TaskMetric
from recipe_lang.program.optimizers import AdamW, Cosine, Optimizer, Schedule
from recipe_lang.program.values import (
    Auto,
    Cadence,
    Count,
    Distinct,
    Examples,
    File,
    Finite,
    Measure,
    NotEmpty,
    Percent,
    Positive,
    Share,
    Tokens,
    Unit,
    Whole,
    Word,
    ref,
)


class Duration(Measure):
    """`3 epochs`, `200 steps`, `100_000 tokens`."""

    unit: Literal["epoch", "step", "token"]


class Lengths(Inner):
    """Limits of encoder-decoder models, whose prompt and completion are apart."""

    prompt: Tokens
    """Longest prompt."""
    completion: Tokens
    """Longest completion."""


class EarlierRun(Call):
    """The `model/` of an earlier run: tuning in stages."""

    kind: Literal["run"] = "run"
    positional = ("folder",)

    folder: File
    """The run's folder."""


class Checkpoint(Inner):
    """Checkpoints, from which a run resumes to the same bits."""

    every: Annotated[Cadence, NOTHING] = Cadence.model_construct(amount=1.0, unit="epoch")
    """How often one is written."""
    keep: Annotated[Count, NOTHING] = 2
    """How many of the latest stay."""
    best: TaskMetric | None = None
    """A metric on the validation split: `model/` becomes the checkpoint where it was best. Without it: the last."""


class EarlyStop(Inner):
    """Ends training when a metric on the validation split no longer gains."""

    on: TaskMetric
    """The metric."""
    patience: Count = 3
    """Evaluations without a gain before the end."""
    min_gain: Annotated[Finite, Percent(bare=True), Field(ge=0)] = 0.0
    """What counts as a gain, in the metric's own measure."""


class Ddp(Call):
    """Every device holds the model."""

    kind: Literal["ddp"] = "ddp"

    @property
    def shards_weights(self) -> bool:
        """No device holds the whole model."""
        return False


class Fsdp(Call):
    """Devices share the model's weights."""

    kind: Literal["fsdp"] = "fsdp"

    shard: Literal["full", "grads"] = "full"
    """What is shared: weights, gradients and optimiser, or all but the weights."""
    offload: bool = False
    """Keeps on the CPU what is not in use."""

    @property
    def shards_weights(self) -> bool:
        """No device holds the whole model."""
        return True


class DeepSpeed(Call):
    """DeepSpeed's ZeRO. Its optimiser is `adamw`."""

    kind: Literal["deepspeed"] = "deepspeed"
    positional = ("stage",)

    stage: Literal[1, 2, 3] = 2
    """What is shared: optimiser; gradients too; weights too."""

    @property
    def shards_weights(self) -> bool:
        """No device holds the whole model."""
        return self.stage == 3


Distribute = Annotated[Ddp | Fsdp | DeepSpeed, Field(discriminator="kind")]


class Train(Block):
    """What is trained on what, and how. A recipe without `train` only evaluates."""

    block_kind = "train"
    named = "never"
    single = True
    root = True

    model: ref("model")
    """The model that is trained."""
    data: ref("task", "mixture")
    """What it is trained on."""
    duration: Duration
    """How long: epochs of the data, optimiser steps, or non-padding input tokens."""
    learning_rate: Annotated[Positive, Field(lt=1)]
    """The full rate, after warm-up."""
    method: AnyMethod = Full.model_construct()
    """Which weights are trained."""
    batch: Examples = 16
    """Examples an optimiser step, over all devices, packed or not."""
    micro_batch: Annotated[Examples | Auto, NOTHING] = None
    """Examples on a device at once; `auto`: the largest that fits, halved when memory runs out. On accelerators that
    share a model by `fsdp` or `deepspeed` nothing can be halved on the way, and `auto` is one."""
    max_length: Tokens | Lengths | None = None
    """Longest example, prompt and completion together; a block with both for encoder-decoder models. Without it: the
    model's config, where that states one."""
    packing: bool = False
    """Several examples a row, each seeing only itself. Packs are made inside a step: `batch` still counts examples."""
    loss: Literal["per_token", "per_example"] = "per_token"
    """What counts alike within a step: every trained token, or every example."""
    loss_on: Literal["completion", "all"] = "completion"
    """The tokens that are trained."""
    optimizer: Optimizer = AdamW.model_construct()
    """How gradients become updates."""
    schedule: Schedule = Cosine.model_construct()
    """The learning rate after warm-up."""
    warmup: Share | Annotated[Whole, Unit("step"), Field(ge=0)] = 0.03
    """The straight way up to the full rate: a share of the steps, or a number of them."""
    clip_norm: Positive | None = 1.0
    """Bound on the gradients' norm."""
    label_smoothing: Annotated[Finite, Field(ge=0, lt=1)] = 0.0
    """Probability that the loss spreads over all tokens."""
    neftune: Positive | None = None
    """Noise on the input's embeddings (arXiv:2310.05914)."""
    new_tokens: Annotated[list[NotEmpty], Distinct()] = []
    """Texts that become tokens of their own; under an adapter their embeddings are trained and saved."""
    start_from: EarlierRun | None = None
    """Weights of an earlier run, in place of the model's own."""
    gradient_checkpointing: Annotated[bool, NOTHING] = False
    """Computes activations twice instead of keeping them: slower, with less memory."""
    compile: Annotated[bool, NOTHING] = False
    """Compiles the model with torch."""
    merge: Annotated[bool, NOTHING] = False
    """Also writes the weights with the adapter merged in."""
    checkpoint: Checkpoint = Checkpoint.model_construct()
    """Checkpoints."""
    early_stop: EarlyStop | None = None
    """Ends training when a metric no longer gains."""
    distribute: Annotated[Distribute | None, NOTHING] = None
    """How several devices work together. Without it: one device."""
    devices: Annotated[Count | Annotated[None, Word("all")], NOTHING] = None
    """Devices on each node, with `distribute`."""
    nodes: Annotated[Count, NOTHING] = 1
    """Machines, with `distribute`."""
    track: Annotated[list[Literal["tensorboard", "wandb", "mlflow", "trackio"]], NOTHING, Distinct()] = []
    """Trackers that follow the run, beside `metrics.jsonl`."""
