"""Mixtures and suites within each other, as many and as deep as somebody may write them."""

from __future__ import annotations

import pytest

from recipe_lang.check import check
from tests.check.written import write

DATA = """\
dataset rows {
  source = csv("rows.csv")
  columns {
    q = text
    a = text
  }
}

template plain for rows {
  prompt     = "{{ q }}"
  completion = "{{ a }}"
}

task one {
  templates = [plain]
}
"""


def codes(tmp_path, groups: str) -> list[tuple[str, str]]:
    (tmp_path / "rows.csv").write_text("q,a\n1,2\n")
    found = check(write(tmp_path, DATA + groups), cwd=tmp_path).diagnostics
    places = [(d.code, d.place.source, d.place.source.position(d.place.span.start).line) for d in found]
    return [(code, source.line_text(line).strip()) for code, source, line in places]


def mixture(name: str, *tasks: str, without: str = "") -> str:
    return f"mixture {name} {{\n  tasks = [{', '.join(tasks)}]\n{without}}}\n"


def test_members_that_are_shared_at_each_level(tmp_path):
    levels = "".join(mixture(f"{side}{n}", f"a{n - 1}", f"b{n - 1}") for n in range(1, 15) for side in "ab")

    assert codes(tmp_path, mixture("a0", "one") + mixture("b0", "one") + levels) == []


@pytest.mark.parametrize("kind", ["mixture", "suite"])
def test_a_chain_of_a_thousand(tmp_path, kind: str):
    chain = mixture("m0", "one") + "".join(mixture(f"m{n}", f"m{n - 1}") for n in range(1, 1_000))

    assert codes(tmp_path, chain.replace("mixture", kind)) == [("IFT608", "tasks = [m15]")]


def test_a_circle_of_a_thousand_is_reported_once(tmp_path):
    circle = "".join(mixture(f"m{n}", f"m{(n + 1) % 1_000}") for n in range(1_000))

    assert codes(tmp_path, circle) == [("IFT603", "tasks = [m1]")]


def test_ways_that_double_with_every_level(tmp_path):
    tasks = "".join(f"task {side}{n}t {{\n  templates = [plain]\n}}\n" for n in range(1, 16) for side in "ab")
    levels = "".join(
        mixture(f"{side}{n}", f"a{n - 1}", f"b{n - 1}", f"{side}{n}t", without=f"  except = [{other}{n}t]\n")
        for n in range(1, 16)
        for side, other in ("ab", "ba")
    )

    found = codes(tmp_path, tasks + mixture("a0", "one") + mixture("b0", "one") + levels)

    assert [code for code, _ in found if code != "IFT604"] == ["IFT608"]
