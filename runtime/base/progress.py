"""Progress of long work: bars on a terminal, plain lines elsewhere, nothing in tests.

A terminal gets one live display with speed, time left and the task's own figures. Anything else (a pipe, CI) gets
whole lines without control characters: one when a task starts, some while it runs, one when it ends.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
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
    """Bars where `stream` (default: standard output) is a terminal, lines elsewhere, whatever `FORCE_COLOR` says: bars
    need a cursor. rich honours `NO_COLOR`."""
    from rich.console import Console

    stream = stream or sys.stdout
    if stream.isatty() and not (console := Console(file=stream)).is_dumb_terminal:
        return _Bars(console)
    return Lines(lambda line: print(line, file=stream, flush=True))


def silent() -> Progress:
    return Lines(lambda line: None)


class _Task:
    """What is done of some work. `tell` is called each time that there is more of it."""

    def __init__(
        self, clock: Callable[[], float], total: float | None, unit: str, tell: Callable[[_Task], None]
    ) -> None:
        self._clock, self._tell, self._started = clock, tell, clock()
        self.total, self.unit = total, unit
        self.done = 0.0
        self.figures = ""

    def advance(self, amount: float = 1, **fields: Field) -> None:
        self.done += amount
        self.figures = "  ".join(f"{k.replace('_', ' ')} {_amount(v)}" for k, v in fields.items()) or self.figures
        self._tell(self)

    @property
    def seconds(self) -> float:
        return self._clock() - self._started

    @property
    def speed(self) -> float:
        return self.done / self.seconds if self.seconds else 0.0

    def __str__(self) -> str:
        """`30/100 steps, 3 steps/s, 23 s left, loss 0.5`: the time left from the first amount on, whole or not."""
        whole = _amount(math.floor(self.done + 1e-6))
        reached = whole if self.total is None else f"{whole}/{_amount(self.total)}"
        left = self.total is not None and self.speed and f"{_duration((self.total - self.done) / self.speed)} left"
        pace = self.speed and f"{_amount(self.speed)} {self.unit}".rstrip() + "/s"
        parts = [f"{reached} {self.unit}".rstrip() if self.unit or self.total else "", pace, left, self.figures]
        return ", ".join(part for part in parts if part)


class Lines:
    """`show` takes them; `clock` gives seconds."""

    def __init__(self, show: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._show, self._clock = show, clock

    @contextmanager
    def task(self, name: str, *, total: float | None = None, unit: str = "") -> Iterator[Task]:
        shown = 0.0

        def tell(task: _Task) -> None:
            nonlocal shown
            if task.seconds - shown >= _LINE_EVERY:
                shown = task.seconds
                self._show(f"{name}: {task}")

        work = _Task(self._clock, total, unit, tell)
        self._show(f"{name} …" if total is None else f"{name}: {_amount(total)} {unit}".rstrip())
        yield work
        self._show(f"{name}: done in {_duration(work.seconds)}" + (f" ({work.figures})" if work.figures else ""))


class _Bars:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._display: Display | None = None
        """Live while the outermost task runs."""

    @contextmanager
    def task(self, name: str, *, total: float | None = None, unit: str = "") -> Iterator[Task]:
        outermost = self._display is None
        with _display(self._console) if outermost else nullcontext(self._display) as display:
            self._display, bar = display, display.add_task(name, total=total, told="")

            def tell(task: _Task) -> None:
                display.update(bar, completed=task.done, told=str(task))

            try:
                yield _Task(time.monotonic, total, unit, tell)
                display.update(bar, total=total or 1, completed=total or 1)
            finally:
                display.stop_task(bar)
                self._display = None if outermost else display


def _display(console: Console) -> Display:
    from rich import progress
    from rich.table import Column

    def text(template: str) -> progress.TextColumn:
        """Wraps where there is no room, and loses nothing."""
        return progress.TextColumn(template, markup=False, table_column=Column(overflow="fold"))

    return progress.Progress(
        text("{task.description}"),
        progress.BarColumn(bar_width=16),
        text("{task.fields[told]}"),
        console=console,
    )


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
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole // 60 % 60:02d} h"
