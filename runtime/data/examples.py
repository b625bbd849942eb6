"""Examples as evaluation reads them: rendered again from their row when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from runtime.data.asked import Asked
from runtime.data.cut import cut_to_fit
from runtime.data.example import Example
from runtime.data.ready import Labelling, Ready, ask, encode_ready, excess
from runtime.data.render import Rendered
from runtime.data.select import Selection
from runtime.data.table import Flag, TokenTable


class Examples(Sequence[Example]):
    """Example `i` is that of `TokenTable[i]`: same row, same template, same prompt tokens."""

    def __init__(self, labelling: Labelling, selection: Selection, table: TokenTable) -> None:
        self._labelling = labelling
        self._selection = selection
        self._table = table

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

    def _example(self, index: int) -> Example:
        row = int(self._table.rows[index])
        row_id = self._selection.row_id(row)
        values = self._selection.rows.row(row)
        template = self._labelling.templates[int(self._table.templates[index])]
        rendered = template.render(row_id, values)
        asked = ask(self._labelling, template, rendered)
        if self._table.flags[index] & Flag.CUT:
            number = int(self._table.templates[index])
            rendered, asked = self._cut(Ready(row, row_id, values, number, rendered, asked))
        ids, _ = self._table[index]
        return Example(
            id=f"{row_id}/{template.name}",
            row=row_id,
            task=self._labelling.name,
            template=template.name,
            group=self._selection.group_id(row),
            prompt=asked.prompt,
            prompt_ids=ids[: int(self._table.starts[index])].tolist(),
            completion=rendered.completion,
            references=rendered.references,
            choices=rendered.choices,
            slices={column: str(values[column]) for column in self._labelling.task.slices},
        )

    def _cut(self, whole: Ready) -> tuple[Rendered, Asked]:
        """The example as it was shortened when its tokens were made."""
        tokens = encode_ready(self._labelling, [whole])[0]
        shorter = cut_to_fit(self._labelling, whole, excess(self._labelling.max_length, tokens))
        if shorter is None:
            raise ValueError(f"example {whole.row_id} no longer fits as its table says")
        return shorter[0].rendered, shorter[0].asked
