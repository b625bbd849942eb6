"""Several examples in one row."""

from __future__ import annotations

from collections.abc import Sequence


def pack(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Positions of `lengths` in rows of at most `capacity` tokens (a longer one has a row of its own): first fit, the
    longest first, and a row in the order of its lengths.

    >>> pack([50, 100, 30, 70], capacity=128)  # 100; 70 and 50; 30
    [[1], [3, 0], [2]]
    >>> pack([50, 100, 20, 70], capacity=128)
    [[1, 2], [3, 0]]
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    rows: list[list[int]] = []
    room: list[int] = []
    for i in order:
        fits = next((r for r, left in enumerate(room) if lengths[i] <= left), None)
        if fits is None:
            rows.append([i])
            room.append(capacity - lengths[i])
        else:
            rows[fits].append(i)
            room[fits] -= lengths[i]
    return rows
