"""Charts as inline SVG that stretches with its box; labels are HTML around it, so that text keeps its size on a phone.

Colours are CSS classes: dark mode and print are the style sheet's. A chart is decoration for those who cannot see it:
its data stands beside it as a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from runtime.report.scale import Axis, axis

SIDE = 1000
"""The drawing's own units, both ways."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    points: Sequence[Point]
    style: str
    """CSS classes: `base`, `tuned`, `faint` …"""
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Dots:
    """Points that no line joins."""

    points: Sequence[Point]
    style: str


@dataclass(frozen=True, slots=True)
class Band:
    """Between two lines over the same places; `rows` are (place, low, high)."""

    rows: Sequence[tuple[float, float, float]]
    style: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A horizontal line at a value."""

    value: float
    style: str


Part = Line | Dots | Band | Mark


@dataclass(frozen=True, slots=True)
class Chart:
    svg: Markup
    across: tuple[tuple[float, str], ...]
    """Labels of the horizontal axis: (percent from the left, text)."""
    up: tuple[tuple[float, str], ...]
    """Labels of the vertical axis: (percent from the top, text)."""


def chart(parts: Sequence[Part], *, places: Sequence[float] | None = None, whole: bool = True) -> Chart:
    """Lines, bands and marks on common axes. `places` fixes the horizontal ticks; `whole`: places are counts."""
    xs = [x for part in parts for x in _places(part)]
    ys = [y for part in parts for y in _values(part)]
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


def _draw(part: Part, across: Axis, up: Axis) -> str:
    if isinstance(part, Mark):
        return _path([(across.low, part.value), (across.high, part.value)], across, up, f"line {part.style}")
    if isinstance(part, Band):
        edge = [(x, low) for x, low, _ in part.rows] + [(x, high) for x, _, high in reversed(part.rows)]
        return f'<path class="band {part.style}" d="{_steps(edge, across, up)}Z"/>'
    dots = "".join(_stroke(f"{_steps([point], across, up)}h0.01", f"dot {part.style}") for point in part.points)
    if isinstance(part, Dots):
        return dots
    return _path(part.points, across, up, f"line {part.style}") + (dots if part.dots else "")


def _path(points: Sequence[Point], across: Axis, up: Axis, style: str) -> str:
    return _stroke(_steps(points, across, up), style)


def _stroke(path: str, style: str) -> str:
    return f'<path class="{style}" d="{path}"/>'


def _steps(points: Sequence[Point], across: Axis, up: Axis) -> str:
    return "M" + "L".join(f"{SIDE * across.at(x):.1f} {SIDE - SIDE * up.at(y):.1f}" for x, y in points)


def _at(end: Axis, value: float) -> str:
    return f"{SIDE * end.at(value):.1f}"


def _places(part: Part) -> list[float]:
    if isinstance(part, Mark):
        return []
    return [row[0] for row in (part.rows if isinstance(part, Band) else part.points)]


def _values(part: Part) -> list[float]:
    if isinstance(part, Mark):
        return [part.value]
    if isinstance(part, Band):
        return [value for _, low, high in part.rows for value in (low, high)]
    return [y for _, y in part.points]
