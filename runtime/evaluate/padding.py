"""Rows of tokens as tensors. Padding is token 0 and is never attended to."""

from __future__ import annotations

from collections.abc import Sequence

import torch


def left_padded(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask, both int64 (rows, longest), ending together: for generating.

    >>> ids, mask = left_padded([[5, 6, 7], [8]], torch.device("cpu"))
    >>> ids.tolist(), mask.tolist()
    ([[5, 6, 7], [0, 0, 8]], [[1, 1, 1], [0, 0, 1]])
    """
    return _padded(rows, device, left=True)


def right_padded(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask, both int64 (rows, longest), beginning together: for scoring, and for an encoder.

    >>> right_padded([[5, 6, 7], [8]], torch.device("cpu"))[0].tolist()
    [[5, 6, 7], [8, 0, 0]]
    """
    return _padded(rows, device, left=False)


def _padded(rows: Sequence[Sequence[int]], device: torch.device, *, left: bool) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(row) for row in rows)
    ids = torch.zeros((len(rows), longest), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        start = longest - len(row) if left else 0
        ids[number, start : start + len(row)] = torch.tensor(row, dtype=torch.long)
        mask[number, start : start + len(row)] = 1
    return ids.to(device), mask.to(device)
