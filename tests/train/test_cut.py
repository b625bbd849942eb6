"""How a step is cut, and dealt to processes."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from runtime.train.cut import Limit, cut, deal, largest, smaller

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=20)


def area(group: list[int], lengths: list[int]) -> int:
    return len(group) * max(lengths[i] for i in group)


@given(LENGTHS, st.integers(1, 200), st.integers(0, 30))
def test_every_example_is_in_one_micro_batch_that_fits(lengths: list[int], most: int, overhead: int):
    groups = cut(lengths, Limit(None, most, overhead))

    assert sorted(i for group in groups for i in group) == list(range(len(lengths)))
    assert all(area(group, lengths) <= most or len(group) == 1 for group in groups)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(0, 30))
def test_no_other_cut_of_the_sorted_examples_is_cheaper(lengths: list[int], overhead: int):
    def cost(groups):
        return sum(area(group, lengths) + overhead for group in groups)

    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    cheapest = min(
        cost([order[a:b] for a, b in zip((0, *inner), (*inner, len(order)), strict=True)])
        for count in range(len(order))
        for inner in combinations(range(1, len(order)), count)
    )

    assert cost(cut(lengths, Limit(None, 10_000, overhead))) == cheapest


@given(LENGTHS, st.integers(1, 8))
def test_declared_micro_batches_are_full_but_the_last(lengths: list[int], most: int):
    *full, last = cut(lengths, Limit(most, 0, 0))

    assert all(len(group) == most for group in full)
    assert len(last) <= most


@given(LENGTHS, st.integers(1, 5))
def test_processes_get_the_same_number_of_micro_batches(lengths: list[int], processes: int):
    dealt = deal(lengths, Limit(None, 60, 8), processes=processes)

    assert len({len(groups) for groups in dealt}) == 1
    assert sorted(i for groups in dealt for group in groups for i in group) == list(range(len(lengths)))


def test_longest_go_first():
    assert cut([3, 9, 5], Limit(1, 0, 0)) == [[1], [2], [0]]


@given(LENGTHS, st.one_of(st.none(), st.integers(1, 8)), st.integers(1, 2**31))
def test_smaller_limits_end_with_the_longest_example_alone(lengths: list[int], examples: int | None, most: int):
    limit = Limit(examples, most, 8)

    for _ in range(20):
        if len(largest(lengths, limit)) == 1:
            break
        limit = smaller(lengths, limit)

    (alone,) = largest(lengths, limit)
    assert lengths[alone] == max(lengths)
