"""What a row's way ends in: tokens, the marks of those that are trained, and where both come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


class Flag:
    """Bits of what happened to an example on its way."""

    MERGED = 1
    CUT = 2
    TRIMMED = 4
    NORMALISED = 8
    LOSSY = 16
    FEWER = 32
    """It has fewer exemplars than were asked for: the pool has no more for the row, or more would not fit."""


@dataclass(frozen=True, slots=True)
class LabelledExample:
    """`trained` is as long as `ids`."""

    ids: list[int]
    trained: np.ndarray
    start: int
    """Tokens asked before the answer."""
    row: int
    template: int
    turn: int = 0
    flags: int = 0
