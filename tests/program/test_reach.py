"""What names come down to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.program.reach import Group, TooManyWays, circles, leaves


def reached(*names: str, **groups: Group) -> list[str]:
    return leaves(names, groups.get)


def test_tasks_stand_once_and_in_the_order_of_first_mention():
    assert reached("b", "m", m=Group(["a", "b", "n"]), n=Group(["c", "a"])) == ["b", "a", "c"]


def test_what_is_left_out_is_out_at_any_depth_but_not_elsewhere():
    groups = {"outer": Group(["inner", "c"], left_out=["a"]), "inner": Group(["a", "b"])}

    assert reached("outer", **groups) == ["b", "c"]
    assert reached("outer", "inner", **groups) == ["b", "c", "a"]


def test_what_is_left_out_may_be_replayed():
    assert reached("m", m=Group(["a", "b"], left_out=["b"], replayed=["b"])) == ["a", "b"]


def test_circles_have_an_end():
    assert reached("m", m=Group(["n", "a"], left_out=["b"]), n=Group(["b", "m", "c"])) == ["a", "c"]


GROUPS = [f"g{index}" for index in range(7)]
held = st.fixed_dictionaries({name: st.lists(st.sampled_from([*GROUPS, "t"]), max_size=3) for name in GROUPS})


@given(held)
def test_a_circle_is_found_where_one_is_and_goes_round(held: dict[str, list[str]]):
    def leads_back(start: str, banned: set[str]) -> bool:
        seen, stack = set(), [start]
        while stack:
            for inner in held.get(stack.pop(), ()):
                if inner == start:
                    return True
                if inner not in seen | banned:
                    seen.add(inner)
                    stack.append(inner)
        return False

    found = circles(held)

    for circle in found:
        assert all(after in held[name] for name, after in zip(circle, [*circle[1:], circle[0]], strict=True))
    on_one = {name for circle in found for name in circle}
    assert len(on_one) == sum(map(len, found))
    assert not any(leads_back(name, on_one) for name in set(GROUPS) - on_one)


def test_members_that_are_shared_at_each_level_are_met_once():
    groups = {f"{side}{level}": Group([f"a{level - 1}", f"b{level - 1}"]) for level in range(1, 41) for side in "ab"}
    groups |= {"a0": Group(["t"]), "b0": Group(["t", "u"])}

    assert reached("a40", **groups) == ["t", "u"]


def test_ways_that_double_with_every_level_are_given_up():
    groups = {
        f"{side}{level}": Group([f"a{level - 1}", f"b{level - 1}"], left_out=[f"t{side}{level}"])
        for level in range(1, 31)
        for side in "ab"
    }

    with pytest.raises(TooManyWays):
        reached("a30", **(groups | {"a0": Group(["t"]), "b0": Group(["t"])}))
