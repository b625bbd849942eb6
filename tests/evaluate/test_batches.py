from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runtime.evaluate.batches import USUAL, Limits, asking, batches, common, groups, otherwise

lengths = st.lists(st.integers(1, 300))


@given(lengths)
def test_every_row_stands_in_one_batch(lengths):
    assert sorted(i for batch in batches(lengths, Limits(500, 8)) for i in batch) == list(range(len(lengths)))


@given(lengths)
def test_no_batch_exceeds_the_budget_unless_it_is_one_row(lengths):
    for batch in batches(lengths, Limits(500, 8)):
        assert len(batch) <= 8
        assert len(batch) == 1 or max(lengths[i] for i in batch) * len(batch) <= 500


@given(st.lists(st.lists(st.integers(0, 2**18), min_size=1), min_size=2))
def test_prompts_sort_and_agree_as_bytes_as_they_do_as_numbers(prompts):
    held = [asking(prompt, 0).prompt for prompt in prompts]

    assert sorted(range(len(prompts)), key=lambda i: (held[i], i)) == sorted(
        range(len(prompts)), key=lambda i: (prompts[i], i)
    )
    assert common(prompts) == common(held) // 4 == naive(prompts)


def naive(prompts: list[list[int]]) -> int:
    shortest = min(map(len, prompts)) - 1
    return next((i for i in range(shortest) if len({prompt[i] for prompt in prompts}) > 1), shortest)


@given(lengths, st.integers(1, 100))
def test_every_beam_is_a_row(lengths, beams):
    cut = groups([asking([1] * n, n) for n in lengths], USUAL.beams(beams))

    assert all(len(batch) * beams <= USUAL.rows or len(batch) == 1 for group in cut for batch in group)


def test_longest_rows_come_first():
    assert batches([2, 9, 4], Limits(9)) == [[1], [2, 0]]


@given(lengths)
def test_another_cut_is_another_one(lengths):
    """Short rows stand in the same batches under half the tokens; none are left to cut where each stands alone."""
    rows = [asking([n, n], length) for n, length in enumerate(lengths)]
    cut, other = groups(rows), otherwise(rows, Limits())

    alone = all(len(batch) == 1 for group in cut for batch in group)
    assert alone if other is None else groups(rows, other) != cut
