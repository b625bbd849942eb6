"""How examples become a model's input: one layout for each kind of model and of packing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from recipe_lang.program.program import Train
from runtime.train.batch import MicroBatch, Sample, causal_batch, causal_length

Row = Sequence[tuple[Sample, float]]
"""What shares one row of a micro-batch: samples, each with the weight of its labels."""


@dataclass(frozen=True, slots=True)
class Layout:
    shifted: bool
    """Labels are predicted from the token before, so that a first token is never one."""
    length: Callable[[Sample], int]
    """Tokens of a row that the sample takes."""
    rows: Callable[[Sequence[int]], list[list[int]]]
    """Lengths of a step's samples → rows of their positions."""
    batch: Callable[[Sequence[Row]], MicroBatch]


def make_layout(config: object, train: Train, pad: int) -> Layout:
    """`config` is the model's; `pad` a token that fills rows and is never seen."""
    mixture_of_experts = any(getattr(config, name, None) for name in ("num_experts", "num_local_experts"))
    return Layout(
        shifted=True,
        length=causal_length,
        rows=one_a_row,
        batch=partial(causal_batch, pad=pad, masked=mixture_of_experts),
    )


def one_a_row(lengths: Sequence[int]) -> list[list[int]]:
    return [[position] for position in range(len(lengths))]
