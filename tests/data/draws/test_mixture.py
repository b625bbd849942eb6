"""What is drawn: true to the shares at every step, each row once a pass, the same from any position."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.plan.checks import check_draws
from recipe_lang.program.apportion import largest_remainder
from runtime.data.draws.mixture import Schedule
from runtime.data.draws.shuffle import permutation
from tests.compiled import mixture
from tests.data import programs


def schedule(
    parts: dict[str, float], counts: dict[str, int], examples: int, batch: int, seed: int = 1, when: str = "repeat"
) -> Schedule:
    tasks = [SimpleNamespace(name=name, share=share) for name, share in parts.items()]
    train = SimpleNamespace(steps=-(-examples // batch), examples=examples, examples_per_step=batch)
    return Schedule(SimpleNamespace(tasks=tasks, train=train), counts, seed, when)


def drawn(steps: Schedule, number: int) -> Counter[str]:
    """Examples of each task in the first steps."""
    return Counter(task for step in range(1, number + 1) for task, _ in steps.step(step))


@given(st.integers(1, 50), st.integers(1, 12), st.integers(1, 4), st.integers(0, 2**40))
def test_every_pass_has_every_example_once(rows: int, batch: int, passes: int, seed: int):
    steps = schedule({"only": 1.0}, {"only": rows}, rows * passes, batch, seed)
    drawn = [index for number in range(1, len(steps) + 1) for _, index in steps.step(number)]

    assert Counter(drawn) == dict.fromkeys(range(rows), passes)


def test_passes_come_in_another_order():
    steps = schedule({"only": 1.0}, {"only": 64}, 128, 16)

    first, second = ({index for _, index in steps.step(number)} for number in (1, 5))
    assert first != second


def test_realised_counts_are_the_plans():
    parts, counts = {"a": 0.5, "b": 0.3, "c": 0.2}, {"a": 10, "b": 100, "c": 33}
    steps = schedule(parts, counts, 1003, 16)

    assert drawn(steps, len(steps)) == dict(zip(parts, largest_remainder(list(parts.values()), 1003), strict=True))


def test_the_last_step_may_be_short():
    steps = schedule({"a": 0.5, "b": 0.5}, {"a": 10, "b": 10}, 21, 8)

    assert [len(steps.step(number)) for number in (1, 2, 3)] == [8, 8, 5]


def test_any_step_can_be_asked_for_first():
    make = lambda: schedule({"a": 0.6, "b": 0.4}, {"a": 7, "b": 5}, 400, 8)  # noqa: E731
    straight = make()
    expected = [straight.step(number) for number in range(1, len(straight) + 1)]
    backwards = make()

    assert [backwards.step(number) for number in range(len(straight), 0, -1)] == expected[::-1]


@pytest.mark.parametrize("number", [0, 51])
def test_steps_outside_the_run_are_refused(number: int):
    with pytest.raises(IndexError):
        schedule({"a": 1.0}, {"a": 7}, 400, 8).step(number)


def test_a_permutation_never_changes():
    assert permutation(10, 42).tolist() == [5, 2, 7, 3, 9, 4, 0, 1, 8, 6]


tasks = st.lists(st.tuples(st.floats(0.01, 1), st.integers(1, 40)), min_size=1, max_size=5)


@given(tasks, st.integers(1, 16))
def test_dropped_tasks_leave_their_draws_to_the_others(given_, batch: int):
    parts = {str(place): share for place, (share, _) in enumerate(given_)}
    counts = {str(place): count for place, (_, count) in enumerate(given_)}
    steps = schedule(parts, counts, 10**6, batch, when="drop")
    drawn = Counter(draw for number in range(1, len(steps) + 1) for draw in steps.step(number))

    assert dict(drawn) == {(task, index): 1 for task, count in counts.items() for index in range(count)}
    assert [len(steps.step(number)) for number in range(1, len(steps))] == [batch] * (len(steps) - 1)


def test_draws_are_redistributed_by_share():
    steps = schedule({"a": 0.5, "b": 0.3, "c": 0.2}, {"a": 10, "b": 100, "c": 100}, 10**6, 10, when="drop")

    assert drawn(steps, 2) == {"a": 10, "b": 6, "c": 4}
    # From here on b and c have 60% and 40%.
    assert drawn(steps, 7) == {"a": 10, "b": 36, "c": 24}


@given(tasks, st.integers(1, 16))
def test_the_first_task_that_is_exhausted_may_end_the_run(given_, batch: int):
    parts = {str(place): share for place, (share, _) in enumerate(given_)}
    counts = {str(place): count for place, (_, count) in enumerate(given_)}
    steps = schedule(parts, counts, 10**6, batch, when="stop")
    found = drawn(steps, len(steps))

    assert all(found[task] <= counts[task] for task in parts)
    assert any(found[task] + 1 >= counts[task] for task in parts)


def program(passes: dict[str, float], max_repeats: float | None = None):
    study = mixture("sampling = equal", "size = 100 examples", tasks=list(passes), max_repeats=max_repeats)
    figures = SimpleNamespace(tasks=[SimpleNamespace(name=name, passes=value) for name, value in passes.items()])
    tasks = dict.fromkeys(passes, programs.task())
    return programs.program(mixtures={"study": study}, tasks=tasks, train=programs.train(data="study")), figures


@pytest.mark.parametrize(
    ("passes", "allowed", "expected"),
    [(4.0, None, []), (4.1, None, ["IFT651"]), (4.1, 5, []), (2.5, 2, ["IFT650"]), (0.5, 1, [])],
)
def test_passes_are_judged(passes: float, allowed: float | None, expected: list[str]):
    given_, figures = program({"a": passes, "b": 1.0}, allowed)

    assert [diagnostic.code for diagnostic in check_draws(given_, figures)] == expected
