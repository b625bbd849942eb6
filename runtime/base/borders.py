"""On which side of a border a figure lies. Sums and differences of shares miss by their last bits: 0.6 - 0.55 is below
0.05, so everything that is compared with a bar, a budget or zero is compared here.
"""

from __future__ import annotations

import numpy as np

TOLERANCE = 1e-9
"""Of the border, and of 1 where it is smaller: far above what rounding does, far below what one row of a million is."""


def side(value: float | np.ndarray, border: float) -> np.ndarray:
    """-1 below the border, 0 on it, 1 above; of each where there are many, nan of what is no number.

    >>> 0.6 - 0.55 >= 0.05, int(side(0.6 - 0.55, 0.05))
    (False, 0)
    >>> side(np.array([0.1, 0.3 - 0.1, 0.25]), 0.2).tolist()
    [-1.0, 0.0, 1.0]
    """
    difference = np.subtract(value, border)
    on = np.abs(difference) <= TOLERANCE * max(1.0, abs(border))
    return np.where(on, 0.0, np.sign(difference))
