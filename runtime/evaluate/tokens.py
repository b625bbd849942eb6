"""Lists of token numbers at four bytes a number: all prompts of a task are at hand, and none of them is large."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import overload


class Tokens(Sequence[list[int]]):
    def __init__(self, lists: Iterable[Sequence[int]] = ()) -> None:
        self._flat, self._ends = array("i"), array("q", [0])
        for one in lists:
            self.append(one)

    def append(self, ids: Sequence[int]) -> None:
        self._flat.extend(ids)
        self._ends.append(len(self._flat))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, index: int) -> list[int]: ...

    @overload
    def __getitem__(self, index: slice) -> list[list[int]]: ...

    def __getitem__(self, index: int | slice) -> list[int] | list[list[int]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        at = range(len(self))[index]
        return self._flat[self._ends[at] : self._ends[at + 1]].tolist()
