"""What the conversations of a data set hold beside what is read of them, counted so that it is told once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from runtime.base.files import Json

_WORD = re.compile("[A-Z]?[a-z]+|[A-Z]+")
_OF_TRAINING = {"weight", "weights", "train", "trained", "trainable", "training", "loss", "mask", "masked", "masking"}


@dataclass
class Notes:
    """Taken while a data set is read."""

    unread: Counter[str] = field(default_factory=Counter)
    """Key (`tool_calls.function.strict`) → how often it stands there."""
    filled: int = 0
    """Tool calls whose arguments had fields without a value."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Role → turns that were left out for it."""

    def rest(self, part: Mapping[str, Any], read: Collection[str], under: str = "") -> None:
        """Counts the keys of `part` that are not `read`. Raises ValueError for one that speaks of training: what it
        means is not known, and it must not be trained as if it were not there."""
        for key, value in part.items():
            if key in read or value is None:
                continue
            if _OF_TRAINING & {word.lower() for word in _WORD.findall(key)}:
                raise ValueError(f"has `{under}{key}`, which is not read; say with `weight` of the turn, 1 or 0")
            self.unread[under + key] += 1

    def to_json(self) -> Json:
        return {"unread": dict(self.unread), "filled": self.filled, "dropped": dict(self.dropped)}
