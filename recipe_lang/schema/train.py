"""`train`: model, data and how the one learns from the other."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Any, Literal

from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.schema import elsewhere
from recipe_lang.schema.base import NOTHING, Block, Call, Inner
from recipe_lang.schema.methods import METHODS, Full
from recipe_lang.schema.metrics import Level, MetricName, MetricNameReader
from recipe_lang.schema.optimizers import OPTIMIZERS, SCHEDULES, AdamW, Cosine
from recipe_lang.schema.readers import Items, Word, Words
from recipe_lang.schema.types import (
    Amount,
    Auto,
    Cadence,
    Count,
    Examples,
    File,
    Measure,
    Number,
    OneOf,
    Percent,
    Positive,
    Ref,
    Text,
    Tokens,
)


class Lengths(Inner):
    """Limits of encoder-decoder models, whose prompt and completion are apart."""

    prompt: Tokens
    """Longest prompt."""
    completion: Tokens
    """Longest completion."""


class EarlierRun(Call):
    """The `model/` of an earlier run: tuning in stages."""

    calls = ("run",)
    positional = ("folder",)

    folder: File
    """The run's folder."""

    def plain(self) -> Any:
        return self.folder


class Checkpoint(Inner):
    """Checkpoints, from which a run resumes to the same bits."""

    every: Annotated[Cadence, NOTHING] = Measure.model_construct(amount=1.0, unit="epoch")
    """How often one is written."""
    keep: Annotated[Count, NOTHING] = 2
    """How many of the latest stay."""
    best: Annotated[MetricName | None, MetricNameReader()] = None
    """A metric on the validation split: `model/` becomes the checkpoint where it was best. Without it: the last."""


class EarlyStop(Inner):
    """Ends training when a metric on the validation split no longer gains."""

    on: Annotated[MetricName, MetricNameReader()]
    """The metric."""
    patience: Count = 3
    """Evaluations without a gain before the end."""
    min_gain: Annotated[float, Level(0)] = 0.0
    """What counts as a gain, in the metric's own measure."""


class Ddp(Call):
    """Every device holds the model."""

    calls = ("ddp",)


class Fsdp(Call):
    """Devices share the model's weights."""

    calls = ("fsdp",)

    shard: Literal["full", "grads"] = "full"
    """What is shared: weights, gradients and optimiser, or all but the weights."""
    offload: bool = False
    """Keeps on the CPU what is not in use."""


class DeepSpeed(Call):
    """DeepSpeed's ZeRO. Its optimiser is `adamw`."""

    calls = ("deepspeed",)
    positional = ("stage",)

    stage: Annotated[int, OneOf(1, 2, 3)] = 2
    """What is shared: optimiser; gradients too; weights too."""


class Train(Block):
    """What is trained on what, and how. A recipe without `train` only evaluates."""

    block_kind = "train"
    named = "never"
    single = True
    root = True
    known_elsewhere = elsewhere.TRAIN

    model: Annotated[str, Ref("model")]
    """The model that is trained."""
    data: Annotated[str, Ref("task", "mixture")]
    """What it is trained on."""
    duration: Annotated[Measure, Amount("epoch", "step", "token", fractions=True, above=0)]
    """How long: epochs of the data, optimiser steps, or non-padding input tokens."""
    learning_rate: Positive
    """The full rate, after warm-up."""
    method: METHODS = Full.model_construct()
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
    optimizer: OPTIMIZERS = AdamW.model_construct()
    """How gradients become updates."""
    schedule: SCHEDULES = Cosine.model_construct()
    """The learning rate after warm-up."""
    warmup: Annotated[float, Percent(0, 100)] | Annotated[int, Amount("step", low=0)] = 0.03
    """The straight way up to the full rate: a share of the steps, or a number of them."""
    clip_norm: Positive | None = 1.0
    """Bound on the gradients' norm."""
    label_smoothing: Annotated[float, Number(0, below=1)] = 0.0
    """Probability that the loss spreads over all tokens."""
    neftune: Positive | None = None
    """Noise on the input's embeddings (arXiv:2310.05914)."""
    new_tokens: Annotated[list[str], Items(Text(r"(?s).+", "a text that is not empty"), distinct=True)] = []
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
    distribute: Annotated[Ddp | Fsdp | DeepSpeed | None, NOTHING] = None
    """How several devices work together. Without it: one device."""
    devices: Annotated[Count | Annotated[None, Word("all")], NOTHING] = None
    """Devices on each node, with `distribute`."""
    nodes: Annotated[Count, NOTHING] = 1
    """Machines, with `distribute`."""
    track: Annotated[
        list[Literal["tensorboard", "wandb", "mlflow", "trackio"]],
        NOTHING,
        Items(Words("tensorboard", "wandb", "mlflow", "trackio"), distinct=True),
    ] = []
    """Trackers that follow the run, beside `metrics.jsonl`."""

    def inspect(self) -> None:
        for name in ("devices", "nodes"):
            if self.written(name) and self.distribute is None:
                problem = problems.without_effect(name, "without `distribute`", self.key_place(name))
                self.scope.report(problem)

    def plain(self) -> Any:
        distribute = self.distribute and self.distribute.plain()
        if distribute:
            distribute = {"kind": distribute.pop("kind"), "options": distribute}
        return {**super().plain(), "distribute": distribute}
