"""Few-shot exemplars: answered rows before the asked one.

Never the row itself, nor one of the same content: a row must not read its own answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle, islice
from typing import Any

import numpy as np

from recipe_lang.program.task import FewShot
from runtime.base.seeds import seed
from runtime.data.draws.shuffle import permutation, shuffled
from runtime.data.prompts.render import Rendered, RowTemplate, Values
from runtime.data.splits.select import Selection


@dataclass(frozen=True, slots=True)
class Shots:
    """Exemplars of one example, in the order in which they are asked."""

    header: str | None = None
    """Before them, and before what is asked where there are none."""
    exemplars: tuple[Rendered, ...] = ()
    wanted: int = 0
    """How many were asked for; a pool may have fewer for a row."""


class Pool:
    """The rows that exemplars of a task come from."""

    def __init__(self, task: str, few_shot: FewShot, selection: Selection, root_seed: int) -> None:
        self._name, self._few_shot, self._selection = task, few_shot, selection
        self._seed = root_seed
        members = selection.splits[few_shot.pool]
        self._rows = np.sort(members) if few_shot.pick == "first" else members
        self._groups = self._by_value() if few_shot.same else {(): self._rows}
        self._values = lru_cache(maxsize=4096)(selection.rows.row)
        self._fixed = lru_cache(maxsize=256)(self._fixed_order)

    def shots(self, row: str, template: str) -> int:
        """How many exemplars a row gets, where the task names several numbers."""
        numbers = self._few_shot.shots
        return numbers[seed(self._seed, "shots", self._name, row, template) % len(numbers)]

    def pick(
        self, index: int, row: str, values: Values, template: RowTemplate, count: int, draw: int
    ) -> tuple[Rendered, ...]:
        """`count` exemplars in the words of the row's own template, or as many as there are; another `draw` gives
        others. Raises RowProblem."""
        return tuple(islice(self._exemplars(index, row, values, template, draw), count))

    def _exemplars(self, index: int, row: str, values: Values, template: RowTemplate, draw: int) -> Iterator[Rendered]:
        content = self._selection.content_of(index)
        for candidate in self._candidates(row, values, draw):
            if candidate == index or self._selection.content_of(candidate) == content:
                continue
            name, own = self._selection.row_id(candidate), self._values(candidate)
            if template.applies(name, own):
                yield template.render(name, own)

    def _candidates(self, row: str, values: Values, draw: int) -> Iterator[int]:
        key = tuple(_plain(values[column]) for column in self._few_shot.same)
        rows = self._groups.get(key, self._rows[:0])
        match self._few_shot.pick:
            case "first":
                yield from rows.tolist()
            case "fixed":
                yield from rows[self._fixed(len(rows), draw)].tolist()
            case "per_row":
                for place in shuffled(len(rows), seed(self._seed, "exemplars", self._name, row, str(draw))):
                    yield int(rows[place])

    def _fixed_order(self, count: int, draw: int) -> np.ndarray:
        return permutation(count, seed(self._seed, "exemplars", self._name, str(draw)))

    def _by_value(self) -> dict[tuple[Any, ...], np.ndarray]:
        """The pool's rows by their values of `same`, each in the pool's order."""
        keys: dict[int, tuple[Any, ...]] = {}
        for indices, batch in self._selection.rows.batches(np.sort(self._rows)):
            for index, values in zip(indices.tolist(), batch, strict=True):
                keys[index] = tuple(_plain(values[column]) for column in self._few_shot.same)
        groups: dict[tuple[Any, ...], list[int]] = {}
        for index in self._rows.tolist():
            groups.setdefault(keys[index], []).append(index)
        return {key: np.array(rows, np.int64) for key, rows in groups.items()}


def with_exemplars(prompt: str, shots: Shots, join: str, separator: str) -> str:
    """One text: the header, answered exemplars, then what is asked."""
    head = [shots.header] if shots.header is not None else []
    answered = [exemplar.prompt + join + exemplar.completion for exemplar in shots.exemplars]
    return separator.join([*head, *answered, prompt])


def in_turns(prompt: str, shots: Shots, separator: str) -> list[dict[str, str]]:
    """A turn for each side of an exemplar, and one that asks; the header stands before the first."""
    texts = [text for exemplar in shots.exemplars for text in (exemplar.prompt, exemplar.completion)] + [prompt]
    if shots.header is not None:
        texts[0] = shots.header + separator + texts[0]
    return [{"role": role, "content": text} for role, text in zip(cycle(("user", "assistant")), texts, strict=False)]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str | list | dict) else value
