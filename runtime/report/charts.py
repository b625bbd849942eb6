"""Charts as inline SVG that stretches with its box; labels are HTML around it, so that text keeps its size on a phone.

Colours are CSS classes: dark mode and print are the style sheet's. A chart is decoration for those who cannot see it:
its data stands beside it as a table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

SIDE = 1000
"""The drawing's own units, both ways."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    points: Sequence[Point]
    style: str
    """CSS classes: `base`, `tuned`, `faint` …"""
    drawn: Literal["line", "dots", "line and dots", "area"] = "line"


def band(rows: Sequence[tuple[float, float, float]], style: str) -> Shape:
    """Between two lines over the same places; `rows` are (place, low, high)."""
    return Shape([(x, low) for x, low, _ in rows] + [(x, high) for x, _, high in reversed(rows)], style, "area")


@dataclass(frozen=True, slots=True)
class Chart:
    svg: Markup
    across: tuple[tuple[float, str], ...]
    """Labels of the horizontal axis: (percent from the left, text)."""
    up: tuple[tuple[float, str], ...]
    """Labels of the vertical axis: (percent from the top, text)."""


def chart(parts: Sequence[Shape], *, places: Sequence[float] | None = None, whole: bool = True) -> Chart:
    """Shapes on common axes. `places` fixes the horizontal ticks; `whole`: places are counts."""
    xs, ys = zip(*(point for part in parts for point in part.points), strict=True)
    up = axis(min(ys), max(ys))
    across = Axis(min(places), max(places), tuple(places)) if places else axis(min(xs), max(xs), whole=whole)
    if across.low == across.high:
        across = Axis(across.low - 0.5, across.high + 0.5, across.ticks)
    if not places:
        across = Axis(min(xs), max(xs), tuple(t for t in across.ticks if min(xs) <= t <= max(xs)))
    grid = "".join(_path([(across.low, tick), (across.high, tick)], across, up, "grid") for tick in up.ticks)
    drawn = "".join(_draw(part, across, up) for part in parts)
    return Chart(
        Markup(f'<svg viewBox="0 0 {SIDE} {SIDE}" preserveAspectRatio="none" aria-hidden="true">{grid}{drawn}</svg>'),
        tuple((100 * across.at(tick), across.label(tick)) for tick in across.ticks),
        tuple((100 - 100 * up.at(tick), up.label(tick)) for tick in up.ticks),
    )


def strip(
    pairs: Sequence[tuple[str, float, float, float]], low: float, high: float, mark: float | None = None
) -> Markup:
    """Intervals above each other on one axis: (style, value, low, high) each; `mark` is a vertical line."""
    end = axis(low, high)
    step = SIDE / (len(pairs) + 1)
    drawn = "" if mark is None else _stroke(f"M{_at(end, mark)} 0V{SIDE}", "grid mark")
    for i, (style, value, first, last) in enumerate(pairs, 1):
        drawn += _stroke(f"M{_at(end, first)} {step * i:.0f}H{_at(end, last)}", f"span {style}")
        drawn += _stroke(f"M{_at(end, value)} {step * i:.0f}h0.01", f"dot {style}")
    return Markup(f'<svg viewBox="0 0 {SIDE} {SIDE}" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg>')


def _draw(part: Shape, across: Axis, up: Axis) -> str:
    if part.drawn == "area":
        return _stroke(f"{_steps(part.points, across, up)}Z", f"band {part.style}")
    line = _path(part.points, across, up, f"line {part.style}") if "line" in part.drawn else ""
    dots = part.points if "dots" in part.drawn else []
    return line + "".join(_stroke(f"{_steps([dot], across, up)}h0.01", f"dot {part.style}") for dot in dots)


def _path(points: Sequence[Point], across: Axis, up: Axis, style: str) -> str:
    return _stroke(_steps(points, across, up), style)


def _stroke(path: str, style: str) -> str:
    return f'<path class="{style}" d="{path}"/>'


def _steps(points: Sequence[Point], across: Axis, up: Axis) -> str:
    return "M" + "L".join(f"{SIDE * across.at(x):.1f} {SIDE - SIDE * up.at(y):.1f}" for x, y in points)


def _at(end: Axis, value: float) -> str:
    return f"{SIDE * end.at(value):.1f}"


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
