"""What a row says, as fixed-width hashes: identity, equality after normalising, and seeded order.

A hash depends on declared values alone: not on the file that a row came from, its place in it, or the machine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from runtime.data.source.row import Values

HASH = np.dtype("S16")
"""128 bits: with a million rows a chance collision has a probability below 1e-26."""


def normalise(text: str) -> str:
    """White space runs become one space, ends are cut, case is folded: what counts as the same text.

    >>> normalise("  The  QUICK fox ")
    'the quick fox'
    """
    return " ".join(text.split()).casefold()


def row_hash(values: Values) -> bytes:
    """Over every column, exactly; columns in the order of their names."""
    ordered = (values[name] for name in sorted(values))
    return _digest(value if isinstance(value, str) else _canonical(value) for value in ordered)


def content_hash(values: Sequence[Any]) -> bytes:
    """Over the given values after `normalise`, in their order.

    >>> asked = content_hash(["Is it raining?", 1])
    >>> asked.hex(), asked == content_hash([" is it  RAINING?", 1]), asked == content_hash(["Is it raining?", "1"])
    ('47db921d3d0140965bf3a00a476d42e2', True, False)
    """
    return _digest(normalise(value if isinstance(value, str) else _canonical(value)) for value in values)


def keyed_order(hashes: np.ndarray, key: int) -> np.ndarray:
    """Indices that sort by a hash of each element keyed with `key`; equal elements keep their order.

    >>> rows = np.array([b"a", b"b", b"c", b"d"])
    >>> keyed_order(rows, key=1).tolist(), keyed_order(rows, key=2).tolist()
    ([1, 0, 3, 2], [2, 0, 1, 3])
    """
    secret = key.to_bytes(8, "big")
    keyed = [
        hashlib.blake2b(element.ljust(16, b"\0"), digest_size=16, key=secret).digest() for element in hashes.tolist()
    ]
    return np.argsort(np.array(keyed, dtype=HASH), kind="stable")


def _canonical(value: Any) -> str:
    # The mark keeps the number 1 apart from the text "1" and None from "null".
    return "\0" + json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _digest(parts) -> bytes:
    total = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode()
        total.update(b"%d:" % len(encoded))
        total.update(encoded)
    return total.digest()
