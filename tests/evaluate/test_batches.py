from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runtime.evaluate.batches import batches

lengths = st.lists(st.integers(1, 300))


@given(lengths)
def test_every_row_stands_in_one_batch(lengths):
    assert sorted(i for batch in batches(lengths, 500, 8) for i in batch) == list(range(len(lengths)))


@given(lengths)
def test_no_batch_exceeds_the_budget_unless_it_is_one_row(lengths):
    for batch in batches(lengths, 500, 8):
        assert len(batch) <= 8
        assert len(batch) == 1 or max(lengths[i] for i in batch) * len(batch) <= 500


def test_longest_rows_come_first():
    assert batches([2, 9, 4], 9) == [[1], [2, 0]]
