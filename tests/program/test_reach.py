"""What names come down to."""

from __future__ import annotations

from recipe_lang.program.reach import Group, leaves


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
