"""Batches: a function of the rows' lengths and a token budget alone, the same for every model and phase."""

from __future__ import annotations

from collections.abc import Sequence

TOKENS = 6_144
"""Tokens of a batch, padding and new tokens included: bounds the KV cache, whatever the number of rows."""
ROWS = 64
"""Rows of a batch: bounds the logits of the last position."""


def batches(lengths: Sequence[int], tokens: int = TOKENS, rows: int = ROWS) -> list[list[int]]:
    """Positions in `lengths`, longest first, in batches of at most `rows` rows and `tokens` padded tokens.

    A row longer than the budget is a batch of its own. Equal lengths keep their order.
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    found: list[list[int]] = []
    for i in order:
        if found and len(found[-1]) < rows and lengths[found[-1][0]] * (len(found[-1]) + 1) <= tokens:
            found[-1].append(i)
        else:
            found.append([i])
    return found
