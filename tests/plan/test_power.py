from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.plan.figures import make_figures
from recipe_lang.plan.power import groups_among, smallest_detectable_drop
from runtime.data import prepare
from tests.compiled import metrics
from tests.data import programs
from tests.models.tiny import tiny_model_folder


def figures(folder: Path, metric: str = "exact_match", **block):
    """Of ten test rows in five groups, one task retained unless `block` says otherwise."""
    folder.mkdir(exist_ok=True)
    programs.write_jsonl(folder / "data.jsonl", [{"q": f"{n}?", "a": "yes", "of": str(n // 2)} for n in range(100)])
    task = programs.task(metrics=metrics(metric))
    program = programs.program(
        datasets={"data": programs.dataset(programs.files("data.jsonl"), split=programs.split(group_by=["of"]))},
        tasks={"answering": task, "other": task},
        evaluations=[programs.evaluate(tasks=["answering", "other"], **{"retain": {"answering": 0.05}} | block)],
    )
    ends = {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>"}
    model = programs.Folder(tiny_model_folder("llama", folder) / "tokenizer.json", ends)
    return make_figures(program, prepare(program, folder, {"small": model}).facts)


def test_rows_of_a_group_count_once(tmp_path: Path):
    first, other = figures(tmp_path).evaluate

    assert (first.rows, first.groups) == (10, 5)
    assert first.smallest_drop == smallest_detectable_drop(5)
    assert other.smallest_drop is None


def test_confidence_of_intervals_is_none_of_the_tests_and_more_tasks_need_larger_drops(tmp_path: Path):
    (alone, _), (both, _) = (
        figures(tmp_path / str(len(retained)), retain=dict.fromkeys(retained, 0.05), confidence=0.5).evaluate
        for retained in (["answering"], ["answering", "other"])
    )

    assert alone.smallest_drop == smallest_detectable_drop(5)
    assert smallest_detectable_drop(500, 2) > smallest_detectable_drop(500, 1)
    assert both.smallest_drop == smallest_detectable_drop(5, 2)


def test_nothing_is_said_of_metrics_that_are_not_right_or_wrong(tmp_path: Path):
    found = figures(tmp_path, "chrf")

    assert {one.smallest_drop for one in found.evaluate} == {None}
    assert [note for note in found.notes if "`answering`" in note and "`chrf`" in note]


@pytest.mark.parametrize(
    ("some", "examples", "groups", "expected"), [(10, 10, 5, 5), (4, 10, 10, 4), (5, 10, 5, 4), (0, 0, 0, 0)]
)
def test_a_limit_takes_rows_of_many_groups(some: int, examples: int, groups: int, expected: int):
    assert groups_among(some, examples, groups) == expected
