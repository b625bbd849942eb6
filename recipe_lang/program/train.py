"""How a program trains."""

from __future__ import annotations

from typing import Literal

from recipe_lang.program.base import Model


class Duration(Model):
    amount: float
    unit: Literal["epoch", "step", "token"]


class Method(Model):
    """`full`, or a PEFT kind with peft's own option names; `targets` is None for all linear layers."""

    kind: str
    options: dict[str, str | int | float | bool | list[str] | None]
    targets: list[str] | None


class Lengths(Model):
    """Sequence-to-sequence limits, in tokens."""

    prompt: int
    completion: int


class Optimizer(Model):
    kind: Literal["adamw", "adamw_8bit", "adafactor"]
    options: dict[str, float | int | bool | list[float] | None]


class Schedule(Model):
    kind: Literal["cosine", "linear", "constant", "wsd"]
    options: dict[str, float]


class Every(Model):
    """A cadence."""

    amount: float
    unit: Literal["epoch", "step"]


class Checkpoint(Model):
    every: Every
    keep: int
    best: str | None
    """`task.metric`."""


class EarlyStop(Model):
    on: str
    patience: int
    min_gain: float


class Distribute(Model):
    kind: Literal["ddp", "fsdp", "deepspeed"]
    options: dict[str, str | int | float | bool | None]

    @property
    def shards_weights(self) -> bool:
        """No device holds the whole model."""
        return self.kind == "fsdp" or self.options.get("stage") == 3


class Train(Model):
    model: str
    data: str
    duration: Duration
    learning_rate: float
    method: Method
    batch: int
    """Examples an optimiser step, over all devices."""
    micro_batch: int | None
    """Examples; None: the largest that fits."""
    max_length: int | Lengths | None
    """Tokens; None: the model's config."""
    packing: bool
    loss: Literal["per_token", "per_example"]
    loss_on: Literal["completion", "all"]
    optimizer: Optimizer
    schedule: Schedule
    warmup: float | int
    """A fraction of the steps, or a number of steps."""
    clip_norm: float | None
    label_smoothing: float
    neftune: float | None
    new_tokens: list[str]
    start_from: str | None
    """A run's folder."""
    gradient_checkpointing: bool
    compile: bool
    merge: bool
    checkpoint: Checkpoint
    early_stop: EarlyStop | None
    distribute: Distribute | None
    devices: int | None
    """None: all."""
    nodes: int
    track: list[Literal["tensorboard", "wandb", "mlflow", "trackio"]]
