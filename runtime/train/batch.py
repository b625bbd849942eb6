"""From the examples of an optimiser step to micro-batches.

Which examples form a step is the schedule's alone. Length decides only how a step is cut: sorting a whole data set by
length would turn a mixture into single-task steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import torch


class Table(Protocol):
    """What training needs of `runtime.data.table.TokenTable`."""

    rows: np.ndarray

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> tuple[np.ndarray, np.ndarray]: ...


@dataclass(frozen=True, slots=True)
class Sample:
    """One example of a step."""

    row: str
    """For people: the task and the row in its data."""
    tokens: np.ndarray
    """Prompt and completion, int32."""
    trained: np.ndarray
    """Which tokens are labels, bool; as long as `tokens`."""


@dataclass(frozen=True, slots=True)
class MicroBatch:
    inputs: dict[str, torch.Tensor]
    """For the model's forward."""
    keep: torch.Tensor
    """Positions whose logits are scored: bool, rows × length."""
    targets: torch.Tensor
    """Labels in the order of `keep`'s true positions, int64."""
    weights: torch.Tensor
    """Weight of each label in the step's loss."""

    def to(self, device: torch.device) -> MicroBatch:
        inputs = {name: tensor.to(device) for name, tensor in self.inputs.items()}
        return MicroBatch(inputs, self.keep.to(device), self.targets.to(device), self.weights.to(device))


def read_samples(draws: Sequence[tuple[str, int]], tables: Mapping[str, Table]) -> list[Sample]:
    """The examples of a step, in the order drawn."""
    return [Sample(f"{task}:{tables[task].rows[index]}", *tables[task][index]) for task, index in draws]


def label_weights(
    samples: Sequence[Sample], loss: Literal["per_token", "per_example"], *, shifted: bool
) -> list[float]:
    """The weight of each of a sample's labels, so that a step's weights add up to one.

    `shifted`: labels are predicted from the token before (causal models), so a first token is never one. Examples
    without a label count for nothing in either unit.
    """
    counts = [label_count(sample, shifted=shifted) for sample in samples]
    total, labelled = sum(counts), sum(count > 0 for count in counts)
    if loss == "per_token":
        return [1 / total if total else 0.0] * len(samples)
    return [1 / (labelled * count) if count else 0.0 for count in counts]


def label_count(sample: Sample, *, shifted: bool) -> int:
    return int(np.count_nonzero(sample.trained[1:] if shifted else sample.trained))


def causal_length(sample: Sample) -> int:
    """Tokens that a causal model has to read: up to the one before the last label."""
    labelled = np.flatnonzero(sample.trained[1:])
    return int(labelled[-1]) + 1 if len(labelled) else 1


def causal_batch(rows: Sequence[Sequence[tuple[Sample, float]]], *, pad: int, masked: bool) -> MicroBatch:
    """One sample a row, padded on the right.

    A causal model never looks right, so padding is invisible without a mask, and attention without one is the fast
    path; `masked` adds it for models that count tokens otherwise (mixtures of experts).
    """
    lengths = [causal_length(sample) for ((sample, _),) in rows]
    shape = (len(rows), max(lengths))
    ids = np.full(shape, pad, dtype=np.int64)
    keep = np.zeros(shape, dtype=bool)
    mask = np.zeros(shape, dtype=np.int64)
    targets, weights = [], []
    for i, (((sample, weight),), length) in enumerate(zip(rows, lengths, strict=True)):
        ids[i, :length] = sample.tokens[:length]
        keep[i, :length] = sample.trained[1 : length + 1]
        mask[i, :length] = 1
        targets.append(sample.tokens[1 : length + 1][keep[i, :length]])
        weights.append(np.full(len(targets[-1]), weight))
    inputs = {"input_ids": torch.from_numpy(ids)}
    if masked:
        inputs["attention_mask"] = torch.from_numpy(mask)
    return MicroBatch(inputs, torch.from_numpy(keep), *labels_of(targets, weights))


def labels_of(targets: list[np.ndarray], weights: list[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    return (
        torch.from_numpy(np.concatenate(targets).astype(np.int64)),
        torch.from_numpy(np.concatenate(weights).astype(np.float64)),
    )
