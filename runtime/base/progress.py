"""Progress of long work: bars on a terminal, plain lines elsewhere, nothing in tests.

A terminal gets one live display with speed, time left and the task's own figures. Anything else (a pipe, CI) gets
whole lines without control characters: one when a task starts, some while it runs, one when it ends.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Display

_LINE_EVERY = 10.0
"""Seconds between the plain lines of a task."""

Field = float | int | str


class Task(Protocol):
    def advance(self, amount: float = 1, **fields: Field) -> None:
        """More of the work is done; `fields` are shown under their names (`loss`, `tokens_per_second`)."""


class Progress(Protocol):
    def task(self, name: str, *, total: float | None = None, unit: str = "") -> AbstractContextManager[Task]:
        """A piece of work of `total` units, or of unknown length. Tasks may nest."""


def progress_to(stream: TextIO | None = None) -> Progress:
    """Bars where `stream` (default: standard output) is a terminal, lines elsewhere. rich honours `NO_COLOR`."""
    from rich.console import Console

    console = Console(file=stream or sys.stdout)
    if console.is_terminal and not console.is_dumb_terminal:
        return _Bars(console)
    return _Lines(console.file)


def silent() -> Progress:
    return _Silent()


class _Silent:
    @contextmanager
    def task(self, name: str, *, total: float | None = None, unit: str = "") -> Iterator[Task]:
        yield _SilentTask()


class _SilentTask:
    def advance(self, amount: float = 1, **fields: Field) -> None:
        pass


class _Bars:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._display: Display | None = None

    @contextmanager
    def task(self, name: str, *, total: float | None = None, unit: str = "") -> Iterator[Task]:
        outermost = self._display is None
        if outermost:
            self._display = _display(self._console)
            self._display.start()
        display = self._display
        number = display.add_task(name, total=total, unit=unit, speed="", figures="")
        try:
            yield _Bar(display, number, unit)
            display.update(number, total=total or 1, completed=total or 1)
        finally:
            display.stop_task(number)
            if outermost:
                display.stop()
                self._display = None


def _display(console: Console) -> Display:
    from rich import progress

    return progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(bar_width=24),
        progress.TaskProgressColumn(),
        progress.TimeElapsedColumn(),
        progress.TimeRemainingColumn(),
        progress.TextColumn("{task.fields[speed]}", markup=False),
        progress.TextColumn("{task.fields[figures]}", markup=False),
        console=console,
    )


class _Bar:
    def __init__(self, display: Display, number: int, unit: str) -> None:
        self._display = display
        self._number = number
        self._unit = unit

    def advance(self, amount: float = 1, **fields: Field) -> None:
        shown = {"figures": _figures(fields)} if fields else {}
        self._display.update(self._number, advance=amount, **shown)
        if speed := self._display.tasks[self._number].speed:
            self._display.update(self._number, speed=_speed(speed, self._unit))


class _Lines:
    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock

    @contextmanager
    def task(self, name: str, *, total: float | None = None, unit: str = "") -> Iterator[Task]:
        line = _Line(name, total, unit, self._print, self._clock)
        self._print(f"{name} …" if total is None else f"{name}: {_amount(total)} {unit}".rstrip())
        yield line
        line.end()

    def _print(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


class _Line:
    def __init__(
        self, name: str, total: float | None, unit: str, show: Callable[[str], None], clock: Callable[[], float]
    ) -> None:
        self._name, self._total, self._unit = name, total, unit
        self._show, self._clock = show, clock
        self._done = 0.0
        self._figures = ""
        self._started = self._shown = clock()

    def advance(self, amount: float = 1, **fields: Field) -> None:
        self._done += amount
        self._figures = _figures(fields) or self._figures
        if self._clock() - self._shown >= _LINE_EVERY:
            self._shown = self._clock()
            self._show(self._state())

    def end(self) -> None:
        seconds = self._clock() - self._started
        tail = f" ({self._figures})" if self._figures else ""
        self._show(f"{self._name}: done in {_duration(seconds)}{tail}")

    def _state(self) -> str:
        seconds = self._clock() - self._started
        speed = self._done / seconds if seconds else 0.0
        parts = [_amount(self._done) if self._total is None else f"{_amount(self._done)}/{_amount(self._total)}"]
        parts[0] = f"{parts[0]} {self._unit}".rstrip()
        parts.append(_speed(speed, self._unit))
        if self._total is not None and speed:
            parts.append(f"{_duration((self._total - self._done) / speed)} left")
        return f"{self._name}: " + ", ".join(part for part in [*parts, self._figures] if part)


def _figures(fields: dict[str, Field]) -> str:
    return "  ".join(f"{name.replace('_', ' ')} {_amount(value)}" for name, value in fields.items())


def _speed(speed: float, unit: str) -> str:
    return f"{_amount(speed)} {unit}/s" if unit else f"{_amount(speed)}/s"


def _amount(value: Field) -> str:
    """Numbers as a reader wants them: whole ones whole, others to four digits."""
    if isinstance(value, str):
        return value
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def _duration(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60}:{whole % 60:02d} min"
