"""Rows of tokens as tensors. Padding is token 0 and is never attended to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch.nn.utils.rnn import pad_sequence


def padded(
    rows: Sequence[Sequence[int]], device: torch.device, *, side: Literal["left", "right"]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask, both int64 (rows, longest). Padded on the left rows end together, for generating;
    on the right they begin together, for scoring and for an encoder.

    >>> ids, mask = padded([[5, 6, 7], [8]], torch.device("cpu"), side="left")
    >>> ids.tolist(), mask.tolist()
    ([[5, 6, 7], [0, 0, 8]], [[1, 1, 1], [0, 0, 1]])
    """
    ids = [torch.tensor(row, dtype=torch.long) for row in rows]
    both = (ids, [torch.ones_like(row) for row in ids])
    return tuple(pad_sequence(tensors, batch_first=True, padding_side=side).to(device) for tensors in both)
