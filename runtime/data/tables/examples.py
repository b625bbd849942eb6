"""Examples as evaluation reads them: rendered again from their row when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import overload

import numpy as np

from runtime.data.labels.cut import fit
from runtime.data.labels.encode import encode_causal, encode_pair
from runtime.data.labels.ready import Labelling, Ready, answers, ask, encode_ready, pick_shots
from runtime.data.prompts.asked import Asked
from runtime.data.prompts.render import RowTemplate
from runtime.data.splits.select import Selection
from runtime.data.tables.example import Example
from runtime.data.tables.table import Flag, TokenTable
from runtime.data.tokenizer.tokenizer import GUARD


class Examples(Sequence[Example]):
    """Example `i` has the row and template of `TokenTable[i]`, whatever the number of exemplars.

    With `shots` None it also has its very prompt tokens; else prompts have so many exemplars, in the drawing `draw`.
    """

    def __init__(
        self, labelling: Labelling, selection: Selection, table: TokenTable, shots: int | None = None, draw: int = 0
    ) -> None:
        self._labelling = labelling
        self._selection = selection
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
        return self._selection.groups(self._table.rows)

    def answer_ids(self, index: int, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text as the answer to example `index`, made as those of its completion are: with the
        spaces that the chat template puts around it, without the stop token. The prompt's tokens are the example's."""
        one, _ = self._ready(index)
        template = self._labelling.templates[one.template]
        asked = [self._answered(one, template, text) for text in texts]
        encode = encode_pair if self._labelling.pair else encode_causal
        return [tokens.ids[tokens.start : -1] for tokens in encode(self._labelling.tokenizer, asked)]

    def _example(self, index: int) -> Example:
        one, ids = self._ready(index)
        template = self._labelling.templates[one.template].name
        turn = f"/{one.turn}" if one.turn else ""
        return Example(
            id=f"{one.row_id}/{template}{turn}",
            row=one.row_id,
            task=self._labelling.name,
            template=template,
            group=self._selection.group_id(one.row),
            prompt=one.asked.prompt.replace(GUARD, ""),
            prompt_ids=ids,
            completion=one.rendered.completion,
            references=one.rendered.references,
            choices=one.rendered.choices,
            slices={column: str(one.values[column]) for column in self._labelling.task.slices},
            exemplars=len(one.shots.exemplars),
        )

    def _ready(self, index: int) -> tuple[Ready, list[int]]:
        """The example as it was asked, and the tokens of its prompt."""
        labelling, table = self._labelling, self._table
        row, number, turn = int(table.rows[index]), int(table.templates[index]), int(table.turns[index])
        row_id, values, template = (
            self._selection.row_id(row),
            self._selection.rows.row(row),
            labelling.templates[number],
        )
        rendered = dict(answers(template, template.render(row_id, values)))[turn]
        shots = pick_shots(labelling, row, row_id, values, number, self._shots, self._draw)
        asked = ask(labelling, template, rendered, shots)
        one = Ready(row, row_id, values, number, rendered, shots, asked, turn)
        if self._shots is None and not table.flags[index] & (Flag.CUT | Flag.FEWER):
            return one, table[index][0][: int(table.starts[index])].tolist()
        fitted = fit(labelling, one, encode_ready(labelling, [one])[0])
        if fitted is None:
            raise ValueError(f"example {row_id} does not fit as it did when its tokens were made")
        return fitted[0], fitted[1].ids[: fitted[1].start]

    def _answered(self, one: Ready, template: RowTemplate, text: str) -> Asked:
        rendered = replace(one.rendered, completion=text)
        if rendered.messages:
            rendered = replace(rendered, messages=(*rendered.messages[:-1], {"role": "assistant", "content": text}))
        return replace(ask(self._labelling, template, rendered, one.shots), earlier=())
