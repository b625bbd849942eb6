"""How far a packed file may grow: a kilobyte can stand for terabytes."""

from __future__ import annotations

_MOST_TIMES = 1000
"""What no text of people comes to: a deflated file of zeros grows to 1,032 times its size, other formats go further."""
_ROOM = 2**30
"""Bytes that any file may grow to."""


class Expansion:
    """Counts what `packed` bytes have grown to."""

    def __init__(self, packed: int) -> None:
        self._left = max(_ROOM, _MOST_TIMES * packed)

    def add(self, count: int) -> None:
        """Raises OSError where it is too much."""
        self._left -= count
        if self._left < 0:
            raise OSError(f"it grows to more than {_MOST_TIMES:,} times its size")
