"""Micro-batches of encoder-decoder models: prompts for the encoder, completions for the decoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from runtime.train.batch import BatchRow, MicroBatch, Sample, join_labels


def pair_length(sample: Sample) -> int:
    """Tokens that both sides read."""
    return len(sample.tokens)


def pair_batch(rows: Sequence[BatchRow], *, pad: int, start: int) -> MicroBatch:
    """One sample a row, both sides padded on the right.

    The encoder looks both ways, so its padding is masked; the decoder's is invisible to it. The decoder reads `start`
    (the model's `decoder_start_token_id`) and all labels but the last: every completion token is a label.

    >>> sample = Sample("", np.array([11, 12, 31, 32]), np.array([False, False, True, True]))
    >>> batch = pair_batch([[(sample, 0.5)]], pad=0, start=1)
    >>> batch.inputs["input_ids"].tolist(), batch.inputs["decoder_input_ids"].tolist(), batch.targets.tolist()
    ([[11, 12]], [[1, 31]], [31, 32])
    """
    samples = [sample for ((sample, _),) in rows]
    prompts = [sample.tokens[~sample.trained] for sample in samples]
    answers = [sample.tokens[sample.trained] for sample in samples]
    weights = [np.full(len(answer), weight) for ((_, weight),), answer in zip(rows, answers, strict=True)]
    ids, mask = _padded(prompts, pad)
    shifted, keep = _padded(
        [np.concatenate([[start], answer[:-1]]) if len(answer) else answer for answer in answers], pad
    )
    inputs = {
        "input_ids": torch.from_numpy(ids),
        "attention_mask": torch.from_numpy(mask.astype(np.int64)),
        "decoder_input_ids": torch.from_numpy(shifted),
    }
    lengths = np.where(mask, mask.sum(1, keepdims=True), 1)
    return MicroBatch(inputs, torch.from_numpy(keep), *join_labels(answers, weights), torch.from_numpy(lengths))


def _padded(sequences: Sequence[np.ndarray], pad: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows × longest as int64, and where there is something."""
    shape = (len(sequences), max(1, *map(len, sequences)))
    ids, there = np.full(shape, pad, dtype=np.int64), np.zeros(shape, dtype=bool)
    for i, sequence in enumerate(sequences):
        ids[i, : len(sequence)] = sequence
        there[i, : len(sequence)] = True
    return ids, there
