"""Optimisers and schedules of the learning rate."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Any

from recipe_lang.schema.base import Call
from recipe_lang.schema.readers import Items
from recipe_lang.schema.types import Number, Percent, Positive

Decay = Annotated[float, Number(0)]
Floor = Annotated[float, Percent(0, below=100)]


class Configured(Call):
    def plain(self) -> Any:
        return {"kind": self.call, "options": {name: getattr(self, name) for name in type(self).model_fields}}


class AdamW(Configured):
    """Adam with decoupled weight decay (arXiv:1711.05101); no decay on norms and biases."""

    calls = ("adamw", "adamw_8bit")

    weight_decay: Decay = 0.0
    """Decoupled decay, relative to the learning rate."""
    betas: Annotated[list[float], Items(Number(0, below=1), length=2)] = [0.9, 0.999]
    """Decay of the running means of gradients and of their squares."""
    eps: Positive = 1e-8
    """Added to the denominator."""


class Adafactor(Configured):
    """Adam with factored second moments (arXiv:1804.04235)."""

    calls = ("adafactor",)

    weight_decay: Decay = 0.0
    """Decay, relative to the learning rate."""
    clip_threshold: Positive = 1.0
    """Bound on the root mean square of an update."""


class Cosine(Configured):
    """From the full rate down to the floor, along half a cosine or a line."""

    calls = ("cosine", "linear")

    floor: Floor = 0.0
    """What remains at the end, as a share of the full rate."""


class Constant(Configured):
    """The full rate to the end."""

    calls = ("constant",)


class Wsd(Configured):
    """The full rate, then a straight way down at the end (warm-up, stable, decay)."""

    calls = ("wsd",)

    decay: Annotated[float, Percent(above=0, high=100)] = 0.2
    """Share of the steps that the way down takes."""
    floor: Floor = 0.0
    """What remains at the end, as a share of the full rate."""


OPTIMIZERS = AdamW | Adafactor
SCHEDULES = Cosine | Constant | Wsd
