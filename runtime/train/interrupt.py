"""SIGINT, SIGTERM and SIGHUP: the step is finished, a checkpoint written, and the run ends."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


def endings() -> list[signal.Signals]:
    """What asks a process to end: a scheduler's SIGTERM, and a closed terminal's SIGHUP unless `nohup` ignores it."""
    hangup = getattr(signal, "SIGHUP", None)
    heard = hangup is not None and signal.getsignal(hangup) != signal.SIG_IGN
    return [signal.SIGTERM, hangup] if heard else [signal.SIGTERM]


class Interrupt:
    """`asked` once a signal came. A second one ends the process at once, if `insistent`."""

    def __init__(self, *, insistent: bool) -> None:
        self.asked = False
        self._insistent = insistent
        self._waiting = False

    @contextmanager
    def at_once(self, *, when: bool = True) -> Iterator[None]:
        """Work that may be left off, such as an evaluation: a signal raises `KeyboardInterrupt` inside, if `when`."""
        self._waiting = when
        try:
            yield
        finally:
            self._waiting = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._waiting or (self.asked and self._insistent):
            self.asked = True
            raise KeyboardInterrupt
        self.asked = True
        if self._insistent:
            os.write(2, b"stopping after this step; once more stops at once\n")


@contextmanager
def interruptible(*, insistent: bool = True) -> Iterator[Interrupt]:
    """Takes the signals over. In a thread other than the main one they stay where they are.

    A group of processes gets the same signal from its launcher, its terminal and its scheduler: not `insistent`.
    """
    interrupt = Interrupt(insistent=insistent)
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = {number: signal.signal(number, interrupt._handle) for number in (signal.SIGINT, *endings())}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
