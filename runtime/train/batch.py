"""From the examples of an optimiser step to a micro-batch of a decoder-only model.

Which examples form a step is the schedule's alone. Length decides only how a step is cut (`runtime.train.cut`): sorting
a whole data set by length would turn a mixture into single-task steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from runtime.train.attention import ENDS

if TYPE_CHECKING:
    from runtime.data.tables.table import TokenTable


@dataclass(frozen=True, slots=True)
class Sample:
    """One example of a step."""

    row: str
    """For people: the task and the row in its data."""
    tokens: np.ndarray
    """Prompt and completion, int32."""
    trained: np.ndarray
    """Which tokens are labels, bool; as long as `tokens`."""


BatchRow = Sequence[tuple[Sample, float]]
"""What shares a row of a micro-batch: one sample, or several packed ones, each with the weight of its labels."""


@dataclass(frozen=True, slots=True)
class MicroBatch:
    inputs: dict[str, torch.Tensor]
    """For the model's forward."""
    keep: torch.Tensor
    """Positions whose logits are scored: bool, rows × length."""
    targets: torch.Tensor
    """Labels in the order of `keep`'s true positions, int64."""
    weights: torch.Tensor
    """Weight of each label in the step's loss, fp64."""
    lengths: torch.Tensor
    """At each position of `input_ids` the tokens of its example, 1 in padding: int64, rows × length."""

    def to(self, device: torch.device) -> MicroBatch:
        inputs = {name: tensor.to(device) for name, tensor in self.inputs.items()}
        # Some devices have no fp64.
        weights = self.weights if device.type == "cpu" else self.weights.float()
        others = [tensor.to(device) for tensor in (self.keep, self.targets, weights, self.lengths)]
        return MicroBatch(inputs, *others)


def read_samples(draws: Sequence[tuple[str, int]], tables: Mapping[str, TokenTable]) -> list[Sample]:
    """The examples of a step, in the order drawn."""
    return [Sample(f"{task}:{tables[task].rows[index]}", *tables[task][index]) for task, index in draws]


Unit = Literal["per_token", "per_example"]


def label_weights(samples: Sequence[Sample], loss: Unit, *, shifted: bool) -> list[float]:
    """The weight of each of a sample's labels, so that a step's weights add up to one.

    `shifted`: labels are predicted from the token before (decoder-only models), so a first token is never one. Examples
    without a label count for nothing in either unit.

    >>> long, short = (Sample("", np.arange(5), np.array(m, dtype=bool)) for m in ([0, 1, 1, 1, 1], [0, 0, 0, 0, 1]))
    >>> label_weights([long, short], "per_token", shifted=True)  # five labels
    [0.2, 0.2]
    >>> label_weights([long, short], "per_example", shifted=True)  # a half each: over four labels, over one
    [0.125, 0.5]
    """
    counts = [label_count(sample, shifted=shifted) for sample in samples]
    total, labelled = sum(counts), sum(count > 0 for count in counts)
    if loss == "per_token":
        return [1 / total if total else 0.0] * len(samples)
    return [1 / (labelled * count) if count else 0.0 for count in counts]


def label_count(sample: Sample, *, shifted: bool) -> int:
    """Tokens of a sample that are labels; `shifted` as in `label_weights`.

    >>> sample = Sample("", np.arange(4), np.array([True, False, True, True]))
    >>> label_count(sample, shifted=True), label_count(sample, shifted=False)
    (2, 3)
    """
    return int(np.count_nonzero(sample.trained[1:] if shifted else sample.trained))


def causal_length(sample: Sample) -> int:
    """Tokens that a decoder-only model has to read: up to the one before the last label.

    >>> causal_length(Sample("", np.arange(6), np.array([0, 0, 1, 1, 0, 0], dtype=bool)))  # tokens 0, 1 and 2 predict
    3
    """
    labelled = np.flatnonzero(sample.trained[1:])
    return int(labelled[-1]) + 1 if len(labelled) else 1


def causal_batch(
    rows: Sequence[BatchRow], *, pad: int, masked: bool = False, packed: bool = False, apart: bool = False
) -> MicroBatch:
    """Rows padded on the right; `apart` joins them in one without padding, for attention that is cut at its examples.

    A causal model never looks right, so padding is invisible without a mask, and attention without one is the fast
    path; `masked` adds it for models that count tokens otherwise (mixtures of experts). `packed` rows hold several
    samples: positions start again with each, which keeps them apart in attention only where there is neither a mask
    nor a cache.

    >>> asked = Sample("", np.array([11, 12, 13]), np.array([False, False, True]))  # 13 is the answer to 11 12
    >>> said = Sample("", np.array([21, 22]), np.array([False, True]))
    >>> batch = causal_batch([[(asked, 0.5)], [(said, 0.5)]], pad=0)
    >>> batch.inputs["input_ids"].tolist(), batch.keep.tolist(), batch.targets.tolist()
    ([[11, 12], [21, 0]], [[False, True], [True, False]], [13, 22])
    """
    if apart:
        rows = [[part for row in rows for part in row]]
    lengths = [[causal_length(sample) for sample, _ in row] for row in rows]
    shape = (len(rows), max(map(sum, lengths)))
    ids = np.full(shape, pad, dtype=np.int64)
    positions = np.zeros(shape, dtype=np.int64)
    keep = np.zeros(shape, dtype=bool)
    mask = np.zeros(shape, dtype=np.int64)
    spans = np.ones(shape, dtype=np.int64)
    targets, weights = [], []
    for i, row in enumerate(rows):
        start = 0
        for (sample, weight), length in zip(row, lengths[i], strict=True):
            part = slice(start, start + length)
            ids[i, part] = sample.tokens[:length]
            positions[i, part] = np.arange(length)
            keep[i, part] = sample.trained[1 : length + 1]
            mask[i, part] = 1
            spans[i, part] = length
            targets.append(sample.tokens[1 : length + 1][keep[i, part]])
            weights.append(np.full(len(targets[-1]), weight))
            start += length
        positions[i, start:] = np.arange(shape[1] - start)
    inputs = {"input_ids": torch.from_numpy(ids)}
    if packed or apart:
        inputs["position_ids"] = torch.from_numpy(positions)
    elif masked:
        inputs["attention_mask"] = torch.from_numpy(mask)
    if apart:
        inputs[ENDS] = torch.from_numpy(np.cumsum([0, *lengths[0]], dtype=np.int32))
    return MicroBatch(inputs, torch.from_numpy(keep), *join_labels(targets, weights), torch.from_numpy(spans))


def join_labels(targets: list[np.ndarray], weights: list[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    return (
        torch.from_numpy(np.concatenate(targets).astype(np.int64)),
        torch.from_numpy(np.concatenate(weights).astype(np.float64)),
    )
