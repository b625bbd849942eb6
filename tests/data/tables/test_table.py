"""Token tables, as far as arithmetic on them goes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.data import TokenTable
from runtime.data.labels.example import LabelledExample
from runtime.data.tables import table


@pytest.fixture(scope="module", autouse=True)
def few_at_once():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "_AT_ONCE", 3)
        yield


@given(st.lists(st.lists(st.booleans(), max_size=5), max_size=12))
def test_trained_tokens_are_counted_example_by_example(marks: list[list[bool]]):
    trained = np.array([mark for example in marks for mark in example], dtype=bool)
    offsets = np.cumsum([0, *map(len, marks)])
    nothing = np.zeros(len(marks), np.int64)
    made = TokenTable(trained.astype(np.int32), trained, offsets, nothing, nothing, nothing, nothing, nothing)

    assert made.trained_lengths.tolist() == [sum(example) for example in marks]
    assert made.lengths.tolist() == list(map(len, marks))


@pytest.mark.parametrize("file", ["000000.tokens", "000000.trained", "000000.npz"])
def test_a_part_that_was_changed_is_made_anew(tmp_path: Path, file: str):
    example = LabelledExample([5, 6, 7], np.array([False, True, True]), 1, 0, 0)
    table.write_part(tmp_path, 0, [example], {"rows": 1})
    assert table.read_report(tmp_path, 0) == {"rows": 1}

    content = bytearray((tmp_path / file).read_bytes())
    content[len(content) // 3] ^= 1
    (tmp_path / file).write_bytes(content)

    assert table.read_report(tmp_path, 0) is None
