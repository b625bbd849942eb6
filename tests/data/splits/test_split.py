"""What splits, limits and uniqueness guarantee, on random data."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recipe_lang.diagnostics.model import Stop
from recipe_lang.program.apportion import largest_remainder
from runtime.data.rows.content import HASH, content_hash
from runtime.data.splits.group import group_rows
from runtime.data.splits.limit import limit_splits
from runtime.data.splits.scan import Scan
from runtime.data.splits.split import Splitting, split_rows
from runtime.data.splits.unique import keep_unique
from tests.data.programs import split


def hashes(values) -> np.ndarray:
    return np.array([content_hash([str(value)]) for value in values], dtype=HASH)


def scan(contents, groups=None, strata=None, places=None, unique=None) -> Scan:
    """Rows with these contents; each row's identity is its content and how often that stood before."""
    seen: Counter = Counter()
    identity = []
    for content in contents:
        seen[content] += 1
        identity.append(f"{content}/{seen[content]}")
    optional = [None if v is None else hashes(v) for v in (unique, groups, strata, places)]
    return Scan(np.arange(len(identity)), hashes(identity), hashes(contents), *optional)


def divide(scanned: Scan, declared, seed: int = 1, own=None, splits=("train",)) -> dict[str, np.ndarray]:
    own = np.zeros(len(scanned), np.int16) if own is None else np.array(own)
    return split_rows(Splitting("data", declared, scanned, own, splits, seed))


def names(scanned: Scan, found: dict[str, np.ndarray]) -> dict[str, set[bytes]]:
    return {part: set(scanned.identity[places].tolist()) for part, places in found.items()}


grouped = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), min_size=30, max_size=200)


@given(st.integers(20, 300), st.integers(0, 2**40))
def test_shares_are_exact_without_groups(rows: int, seed: int):
    found = divide(scan(range(rows)), split(), seed)

    assert [len(places) for places in found.values()] == largest_remainder([0.8, 0.1, 0.1], rows)


@given(grouped, st.integers(0, 2**40))
def test_groups_and_equal_contents_are_never_divided(rows, seed: int):
    contents, groups = zip(*rows, strict=True)
    scanned = scan(contents, groups)
    try:
        found = divide(scanned, split(tolerance=1.0), seed)
    except Stop as stop:
        assert [d.code for d in stop.diagnostics] == ["IFT558"]
        return

    assert sorted(np.concatenate(list(found.values())).tolist()) == list(range(len(rows)))
    for key in (contents, groups):
        owners = [{key[place] for place in places.tolist()} for places in found.values()]
        assert sum(map(len, owners)) == len(set().union(*owners))


@given(grouped)
def test_groups_are_the_connected_components(rows):
    contents, groups = zip(*rows, strict=True)
    numbers = group_rows(scan(contents, groups))

    label = list(range(len(rows)))
    for _ in rows:
        for key in (contents, groups):
            lowest: dict[int, int] = {}
            for place, value in enumerate(key):
                lowest[value] = min(lowest.get(value, place), label[place])
            label = [lowest[value] for value in key]
    same = np.array(label)[:, None] == np.array(label)[None, :]
    assert (same == (numbers[:, None] == numbers[None, :])).all()


@given(st.permutations(range(60)), st.integers(0, 2**40))
def test_the_order_of_rows_changes_nothing(order, seed: int):
    contents = [number % 50 for number in range(60)]
    straight, turned = scan(contents), scan([contents[place] for place in order])

    assert names(straight, divide(straight, split(tolerance=1.0), seed)) == names(
        turned, divide(turned, split(tolerance=1.0), seed)
    )


@given(st.integers(40, 200), st.integers(1, 20), st.integers(0, 2**40))
def test_counts_hold_and_shares_divide_the_rest(rows: int, count: int, seed: int):
    parts = ("train = 90%", "validation = 10%", f"test = {count} rows")
    found = divide(scan(range(rows)), split(parts=parts), seed)

    assert len(found["test"]) == count
    assert [len(found["train"]), len(found["validation"])] == largest_remainder([0.9, 0.1], rows - count)


@given(st.integers(30, 200), st.integers(0, 2**40))
def test_counts_alone_leave_the_other_rows_out(rows: int, seed: int):
    found = divide(scan(range(rows)), split(parts=("train = 20 rows", "test = 5 rows")), seed)
    extended = divide(scan(range(rows)), split(parts=("train = 100%", "test = 5 rows")), seed)

    assert {part: len(places) for part, places in found.items()} == {"train": 20, "test": 5}
    assert not set(found["train"]) & set(found["test"])
    assert set(extended["test"]) == set(divide(scan(range(rows)), split(parts=("test = 5 rows",)), seed)["test"])


def test_a_group_that_fits_no_count_is_left_out_whole():
    groups = [0] * 12 + list(range(1, 9))
    found = divide(scan(range(20), groups), split(parts=("train = 5 rows", "test = 3 rows")))

    assert {part: len(places) for part, places in found.items()} == {"train": 5, "test": 3}
    assert min(np.concatenate(list(found.values()))) >= 12


def test_source_splits_that_are_not_named_are_left_out():
    own = [0] * 6 + [1] * 4 + [2] * 10
    declared = split(parts=("train = source.train", "test = 2 rows"))
    found = divide(scan(range(20)), declared, own=own, splits=("train", "dev", "unsupervised"))

    assert found["train"].tolist() == list(range(6))
    assert len(found["test"]) == 2


@given(st.lists(st.integers(1, 4), min_size=30, max_size=80), st.integers(0, 2**40))
def test_counts_hold_over_groups_where_groups_allow_it(sizes: list[int], seed: int):
    groups = [group for group, size in enumerate([*sizes, 1, 1, 1, 1]) for _ in range(size)]
    parts = ("train = 100%", "test = 10 rows")

    found = divide(scan(range(len(groups)), groups), split(parts=parts), seed)

    assert len(found["test"]) == 10


def test_a_count_that_groups_do_not_allow_is_refused():
    groups = [number // 2 for number in range(20)]
    parts = ("train = 100%", "test = 3 rows")
    try:
        divide(scan(range(20), groups), split(parts=parts))
    except Stop as stop:
        assert [d.code for d in stop.diagnostics] == ["IFT561"]
    else:
        raise AssertionError("a group was divided")


@given(st.lists(st.sampled_from("aaaaaabbbc"), min_size=60, max_size=200), st.integers(0, 2**40))
def test_strata_are_spread_evenly(strata: list[str], seed: int):
    found = divide(scan(range(len(strata)), strata=strata), split(stratify_by="kind"), seed)

    whole = Counter(strata)
    for places in found.values():
        part = Counter(strata[place] for place in places.tolist())
        for kind, count in whole.items():
            assert abs(part[kind] - count * len(places) / len(strata)) < 2


@given(st.integers(100, 300), st.integers(1, 300), st.integers(0, 2**40))
@settings(max_examples=30)
def test_a_hash_keeps_its_places_when_the_data_grows(rows: int, more: int, seed: int):
    declared = split("by = hash(id)", tolerance=1.0)
    few, many = scan(range(rows), places=range(rows)), scan(range(rows + more), places=range(rows + more))

    before, after = names(few, divide(few, declared, seed)), names(many, divide(many, declared, seed))

    assert all(before[part] <= after[part] for part in before)


def test_parts_are_fractions_of_what_the_split_was():
    parts = ("a = share(10%, of = train)", "b = share(20%, of = train)", "train = source.train")
    found = divide(scan(range(100)), split(parts=parts))

    assert {part: len(places) for part, places in found.items()} == {"a": 10, "b": 20, "train": 70}


def test_source_splits_are_left_alone():
    own = [0] * 50 + [1] * 10
    parts = ("train = 90%", "validation = 10%", "test = source.held_out")
    found = divide(scan(range(60)), split(parts=parts), own=own, splits=("train", "held_out"))

    assert found["test"].tolist() == list(range(50, 60))
    assert [len(found["train"]), len(found["validation"])] == [45, 5]


@given(st.lists(st.integers(1, 90), min_size=1, max_size=5), st.data())
def test_limits_nest_and_empty_no_split(sizes: list[int], data):
    ordered = {str(number): np.arange(size) for number, size in enumerate(sizes)}
    small = data.draw(st.integers(len(sizes), max(sum(sizes), len(sizes))))
    large = data.draw(st.integers(small, sum(sizes) + 5))

    few, many = limit_splits(ordered, small), limit_splits(ordered, large)

    assert sum(map(len, few.values())) == small
    for part, whole in ordered.items():
        assert 1 <= len(few[part]) <= len(many[part])
        assert few[part].tolist() == whole[: len(few[part])].tolist()
        assert abs(len(few[part]) - small * len(whole) / sum(sizes)) < max(1, len(sizes) - 1) + 1e-9


@given(st.lists(st.integers(1, 200), min_size=1, max_size=4), st.floats(0.001, 1))
def test_a_share_is_a_share_of_all_rows_and_empties_no_split(sizes: list[int], share: float):
    ordered = {f"s{number}": np.arange(size) for number, size in enumerate(sizes)}
    limited = limit_splits(ordered, share)

    assert sum(map(len, limited.values())) == max(round(share * sum(sizes)), len(sizes))
    assert all(len(rows) for rows in limited.values())


def test_a_limit_of_round_numbers_gives_round_numbers():
    ordered = {"train": np.arange(800), "validation": np.arange(100), "test": np.arange(100)}

    assert [len(rows) for rows in limit_splits(ordered, 250).values()] == [200, 25, 25]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5)), max_size=60), st.randoms())
def test_of_duplicates_the_smallest_content_stays(rows, random):
    turned = random.sample(rows, len(rows))
    found = []
    for order in (rows, turned):
        contents = [f"{key} {detail}" for key, detail in order]
        kept = keep_unique(scan(contents, unique=[key for key, _ in order]))
        found.append(sorted(kept.content.tolist()))

    assert found[0] == found[1]
    assert len(found[0]) == len({key for key, _ in rows})
