"""Axes: round ticks, and where a value stands on them."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """0 at the low end, 1 at the high one; values beyond are held there."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def label(self, tick: float) -> str:
        """With as many decimals as tell the ticks apart."""
        step = self.ticks[1] - self.ticks[0] if len(self.ticks) > 1 else 1.0
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        return f"{tick + 0.0:,.{decimals}f}"


def axis(low: float, high: float, count: int = 5, *, whole: bool = False) -> Axis:
    """Covers low to high with about `count` ticks at 1, 2 or 5 times a power of ten; `whole` for counted things.

    >>> axis(12, 38).ticks, axis(0, 2).ticks, axis(0, 2, whole=True).ticks
    ((10.0, 20.0, 30.0, 40.0), (0.0, 0.5, 1.0, 1.5, 2.0), (0.0, 1.0, 2.0))
    """
    if not high > low:
        low, high = low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1)
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    step = max(1.0, round(step)) if whole else step
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(i * step for i in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)
