"""The one source of randomness: streams derived by name from the recipe's seed."""

from __future__ import annotations

import hashlib


def seed(root: int, *names: str) -> int:
    """A seed in [0, 2**63) for the stream of that name.

    Streams with different names are independent, and adding one never moves another: the names are hashed (SHA-256),
    never drawn from. Each name is delimited by its length, so ("ab", "c") and ("a", "bc") differ.

    >>> seed(17, "draws", "squad"), seed(17, "draws", "rte")
    (4365159645460065813, 6855440703025187249)
    >>> seed(17, "ab", "c") == seed(17, "a", "bc")
    False
    """
    parts = "".join(f"{len(name)}:{name}" for name in names)
    digest = hashlib.sha256(f"{root};{parts}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
