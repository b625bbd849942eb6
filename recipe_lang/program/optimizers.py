"""Optimisers and schedules of the learning rate."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Literal

from pydantic import Field

from recipe_lang.program.block import Call
from recipe_lang.program.values import Finite, Percent, Positive

Decay = Annotated[Finite, Field(ge=0)]
Floor = Annotated[Finite, Percent(), Field(ge=0, lt=1)]


class AdamW(Call):
    """Adam with decoupled weight decay (arXiv:1711.05101); no decay on norms and biases."""

    kind: Literal["adamw", "adamw_8bit"] = "adamw"

    weight_decay: Decay = 0.0
    """Decoupled decay, relative to the learning rate."""
    betas: Annotated[list[Annotated[Finite, Field(ge=0, lt=1)]], Field(min_length=2, max_length=2)] = [0.9, 0.999]
    """Decay of the running means of gradients and of their squares."""
    eps: Positive = 1e-8
    """Added to the denominator."""


class Adafactor(Call):
    """Adam with factored second moments (arXiv:1804.04235)."""

    kind: Literal["adafactor"] = "adafactor"

    weight_decay: Decay = 0.0
    """Decay, relative to the learning rate."""
    clip_threshold: Positive = 1.0
    """Bound on the root mean square of an update."""


class Cosine(Call):
    """From the full rate down to the floor, along half a cosine or a line."""

    kind: Literal["cosine", "linear"] = "cosine"

    floor: Floor = 0.0
    """What remains at the end, as a share of the full rate."""


class Constant(Call):
    """The full rate to the end."""

    kind: Literal["constant"] = "constant"


class Wsd(Call):
    """The full rate, then a straight way down at the end (warm-up, stable, decay)."""

    kind: Literal["wsd"] = "wsd"

    decay: Annotated[Finite, Percent(), Field(gt=0, le=1)] = 0.2
    """Share of the steps that the way down takes."""
    floor: Floor = 0.0
    """What remains at the end, as a share of the full rate."""


Optimizer = Annotated[AdamW | Adafactor, Field(discriminator="kind")]
Schedule = Annotated[Cosine | Constant | Wsd, Field(discriminator="kind")]
