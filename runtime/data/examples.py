"""Examples as evaluation reads them: rendered again from their row when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from runtime.data.example import Example
from runtime.data.ready import Labelling, ask
from runtime.data.select import Selection
from runtime.data.table import TokenTable


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
