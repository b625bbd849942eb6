"""Seeded orders that are the same with every version of every library: whole numbers and SplitMix64, nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_MASK = 2**64 - 1


def permutation(count: int, key: int) -> np.ndarray:
    """Indices sorted by a hash of each with the key (SplitMix64), the same with every version of every library.

    >>> permutation(6, key=1).tolist(), permutation(6, key=2).tolist()
    ([0, 5, 4, 1, 2, 3], [5, 1, 3, 2, 4, 0])
    """
    with np.errstate(over="ignore"):
        mixed = np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return np.argsort(mixed, kind="stable")


def splitmix(number: int) -> int:
    """The SplitMix64 output for one state: 64 well-mixed bits.

    >>> hex(splitmix(0)), hex(splitmix(1))
    ('0xe220a8397b1dcdaf', '0x910a2dec89025cc1')
    """
    mixed = (number + 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return mixed ^ (mixed >> 31)


def shuffled(count: int, key: int) -> Iterator[int]:
    """0 to count - 1 in a seeded order, as many as are asked for (Fisher and Yates, only what moved remembered).

    >>> from itertools import islice
    >>> list(islice(shuffled(1_000_000_000, key=1), 3))  # without a list of a billion
    [200822465, 661873847, 188717913]
    """
    moved: dict[int, int] = {}
    for place in range(count):
        other = place + splitmix(key + place) % (count - place)
        yield moved.get(other, other)
        moved[other] = moved.get(place, place)
