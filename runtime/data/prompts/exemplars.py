"""Few-shot exemplars: answered rows before the asked one.

Never the row itself, nor one of the same content: a row must not read its own answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import cycle, islice
from typing import Any

import numpy as np

from recipe_lang.program.task import FewShot
from runtime.base.seeds import seed
from runtime.data.draws.shuffle import permutation, shuffled
from runtime.data.prompts.render import Rendered, RowTemplate
from runtime.data.splits.select import Row, Selection


@dataclass(frozen=True, slots=True)
class Shots:
    """Exemplars of one example, in the order in which they are asked."""

    header: str | None = None
    """Before them, and before what is asked where there are none."""
    exemplars: tuple[Rendered, ...] = ()
    wanted: int = 0
    """How many were asked for; a pool may have fewer for a row."""

    def mapped(self, change: Callable[[str], str], change_answer: Callable[[str], str]) -> Shots:
        header = change(self.header) if self.header is not None else None
        exemplars = tuple(exemplar.mapped(change, change_answer) for exemplar in self.exemplars)
        return replace(self, header=header, exemplars=exemplars)


class Pool:
    """The rows that exemplars of a task come from."""

    def __init__(self, task: str, few_shot: FewShot, selection: Selection, root_seed: int) -> None:
        self._name, self._few_shot, self._selection = task, few_shot, selection
        self._seed = root_seed
        members = selection.splits[few_shot.pool]
        self._rows = np.sort(members) if few_shot.pick == "first" else members
        self._groups = self._by_value() if few_shot.same else {(): self._rows}
        self._row = lru_cache(maxsize=4096)(selection.row)
        self._fixed = lru_cache(maxsize=256)(self._fixed_order)

    def shots(self, row: Row, template: RowTemplate) -> int:
        """How many exemplars a row gets, where the task names several numbers."""
        numbers = self._few_shot.shots
        return numbers[seed(self._seed, "shots", self._name, row.id, template.name) % len(numbers)]

    def pick(self, row: Row, template: RowTemplate, count: int, draw: int) -> tuple[Rendered, ...]:
        """`count` exemplars in the words of the row's own template, or as many as there are; another `draw` gives
        others. Raises RowProblem."""
        return tuple(islice(self._exemplars(row, template, draw), count))

    def _exemplars(self, row: Row, template: RowTemplate, draw: int) -> Iterator[Rendered]:
        content = self._selection.content_of(row.index)
        for index in self._candidates(row, draw):
            if index == row.index or self._selection.content_of(index) == content:
                continue
            candidate = self._row(index)
            if template.applies(candidate):
                yield template.render(candidate)

    def _candidates(self, row: Row, draw: int) -> Iterator[int]:
        rows = self._groups.get(self._key(row), self._rows[:0])
        match self._few_shot.pick:
            case "first":
                yield from rows.tolist()
            case "fixed":
                yield from rows[self._fixed(len(rows), draw)].tolist()
            case "per_row":
                for place in shuffled(len(rows), seed(self._seed, "exemplars", self._name, row.id, str(draw))):
                    yield int(rows[place])

    def _fixed_order(self, count: int, draw: int) -> np.ndarray:
        return permutation(count, seed(self._seed, "exemplars", self._name, str(draw)))

    def _by_value(self) -> dict[tuple[Any, ...], np.ndarray]:
        """The pool's rows by their values of `same`, each in the pool's order."""
        batches = self._selection.batches(np.sort(self._rows))
        keys = {row.index: self._key(row) for batch in batches for row in batch}
        groups: dict[tuple[Any, ...], list[int]] = {}
        for index in self._rows.tolist():
            groups.setdefault(keys[index], []).append(index)
        return {key: np.array(rows, np.int64) for key, rows in groups.items()}

    def _key(self, row: Row) -> tuple[Any, ...]:
        return tuple(_plain(row.values[column]) for column in self._few_shot.same)


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
