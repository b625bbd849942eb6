"""Examples as evaluation reads them: rendered again from their row when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np

from runtime.data.labels.draft import Draft, answers, ask, shots_for
from runtime.data.labels.encode import encode
from runtime.data.labels.example import Flag
from runtime.data.labels.fit import fit
from runtime.data.labels.labelling import Labelling
from runtime.data.prompts.exchange import Exchange
from runtime.data.tables.table import TokenTable
from runtime.data.tokenizer.tokenizer import GUARD


@dataclass(frozen=True, slots=True)
class Example:
    """A row asked in the words of one template."""

    id: str
    """Unique in its task and split: the row, the template and, for conversations, the turn."""
    row: str
    """The row's identity: a hash of its values, the same on every machine and in any order of files."""
    task: str
    template: str
    group: str
    """Rows of one group share it; resampling draws groups."""
    prompt: str
    """All that the model is asked, the chat template and exemplars included."""
    prompt_ids: list[int]
    completion: str
    """The reference answer, as the template renders it."""
    references: tuple[str, ...]
    """Every right answer; the completion alone where the template gives no others."""
    choices: tuple[str, ...] | None
    slices: dict[str, str]
    """Column → value, for the columns that the task's metrics are split by."""
    exemplars: int = 0
    """How many the prompt holds; fewer than were asked for where more would not fit."""
    around: tuple[str, str] = ("", "")
    """What the model writes itself before the completion and behind it."""


class Examples(Sequence[Example]):
    """Example `i` has the row and template of `TokenTable[i]`, whatever the number of exemplars.

    With `shots` None it also has its very prompt tokens; else prompts have so many exemplars, in the drawing `draw`.
    """

    def __init__(self, labelling: Labelling, table: TokenTable, shots: int | None = None, draw: int = 0) -> None:
        self._labelling = labelling
        self._table = table
        self._shots = shots
        self._draw = draw

    def __len__(self) -> int:
        return len(self._table)

    @overload
    def __getitem__(self, index: int) -> Example: ...

    @overload
    def __getitem__(self, index: slice) -> list[Example]: ...

    def __getitem__(self, index: int | slice) -> Example | list[Example]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return self._example(range(len(self))[index])

    @property
    def groups(self) -> np.ndarray:
        """The group of each example, as the data set names it (16 bytes)."""
        return self._labelling.selection.groups(self._table.rows)

    def answer_ids(self, index: int, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text as the answer to example `index`, made as those of its completion are: with the
        spaces that the chat template puts around it, without the stop token. The prompt's tokens are the example's."""
        draft, _ = self._asked(index)
        encoded = encode(self._labelling, [self._answered(draft, text) for text in texts])
        return [tokens.ids[tokens.start : -1] for tokens in encoded]

    def exchange(self, index: int) -> Exchange:
        """The texts of example `index`, as it was asked and trained."""
        return self._asked(index)[0].exchange

    def _example(self, index: int) -> Example:
        draft, ids = self._asked(index)
        row, rendered, selection = draft.row, draft.rendered, self._labelling.selection
        turn = f"/{draft.turn}" if draft.turn else ""
        return Example(
            id=f"{row.id}/{draft.template.name}{turn}",
            row=row.id,
            task=self._labelling.name,
            template=draft.template.name,
            group=selection.group_id(row.index),
            prompt=draft.exchange.prompt.replace(GUARD, ""),
            prompt_ids=ids,
            completion=rendered.completion,
            references=rendered.references,
            choices=rendered.choices,
            slices={column: str(row.values[column]) for column in self._labelling.task.slices},
            exemplars=len(draft.shots.exemplars),
            around=(draft.exchange.lead, draft.exchange.tail),
        )

    def _asked(self, index: int) -> tuple[Draft, list[int]]:
        """The example as it was asked, and the tokens of its prompt."""
        labelling, table = self._labelling, self._table
        row, turn = labelling.selection.row(int(table.rows[index])), int(table.turns[index])
        template = labelling.templates[int(table.templates[index])]
        rendered = dict(answers(template, row))[turn]
        shots = shots_for(labelling, row, template, self._shots, self._draw)
        draft = Draft(row, template, rendered, shots, ask(labelling, template, rendered, shots), turn)
        if self._shots is None and not table.flags[index] & (Flag.CUT | Flag.FEWER):
            return draft, table[index][0][: int(table.starts[index])].tolist()
        fitted = fit(labelling, draft, encode(labelling, [draft.exchange])[0])
        if fitted is None:
            raise ValueError(f"example {row.id} does not fit as it did when its tokens were made")
        draft, tokens = fitted
        return draft, tokens.ids[: tokens.start]

    def _answered(self, draft: Draft, text: str) -> Exchange:
        rendered = replace(draft.rendered, completion=text)
        if rendered.messages:
            rendered = replace(rendered, messages=(*rendered.messages[:-1], {"role": "assistant", "content": text}))
        return replace(ask(self._labelling, draft.template, rendered, draft.shots), earlier=())
