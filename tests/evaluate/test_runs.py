"""Finished runs beside each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_lang.diagnostics.model import Stop
from runtime.evaluate.runs import compare_runs
from runtime.report import write_results
from tests.report.runs import program, written


def finished(folder: Path, **changed) -> Path:
    plan, results = written(folder, program(**changed))
    write_results(results, folder)
    (folder / "plan.json").write_text(plan.model_dump_json(by_alias=True))
    return folder


def edited(folder: Path, change) -> None:
    results = json.loads((folder / "results.json").read_text())
    change(results)
    (folder / "results.json").write_text(json.dumps(results))


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    return [finished(tmp_path / "a"), finished(tmp_path / "b", seed=3)]


def codes(folders) -> list[str]:
    with pytest.raises(Stop) as stopped:
        compare_runs(folders)
    return [d.code for d in stopped.value.diagnostics]


def test_equal_answers_have_no_difference(runs: list[Path]):
    found = compare_runs(runs)

    assert {line["against_first"][0]["difference"] for line in found["figures"]} == {0.0}
    assert [group["rows"] for group in found["rows"]] == [[]] * len(found["rows"])


def test_settings_that_differ_are_listed(runs: list[Path]):
    assert compare_runs(runs)["settings"] == [{"setting": "/seed", "values": [17, 3]}]


def test_rows_that_disagree_are_listed_the_widest_apart_first(runs: list[Path]):
    path = runs[1] / "predictions/note_writing.test.tuned.0-shot.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines[:2]:
        line |= {"prediction": "nothing", "answer": "nothing", "scores": dict.fromkeys(line["scores"], 0.0)}
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))

    found = compare_runs(runs)

    (group,) = [g for g in found["rows"] if g["rows"]]
    assert {row["id"] for row in group["rows"]} == {line["id"] for line in lines[:2]}
    assert group["rows"][0]["apart"] >= group["rows"][1]["apart"]
    line = next(
        f for f in found["figures"] if (f["task"], f["phase"], f["metric"]) == ("note_writing", "tuned", "rouge1")
    )
    assert line["against_first"][0]["difference"] < 0


def test_different_signatures_are_refused(runs: list[Path]):
    edited(runs[1], lambda results: results["evaluations"][0]["metrics"]["rouge1"].update(signature="rouge1|stem:yes"))

    assert codes(runs) == ["IFT872"]


def test_different_rows_are_refused(runs: list[Path]):
    path = runs[1] / "predictions/note_writing.test.base.0-shot.jsonl"
    path.write_text("\n".join(path.read_text().splitlines()[1:]) + "\n")

    assert codes(runs) == ["IFT855"]


def test_what_is_no_run_is_refused(runs: list[Path], tmp_path: Path):
    (tmp_path / "empty").mkdir()

    assert codes([runs[0], tmp_path / "empty"]) == ["IFT870"]


def test_runs_with_nothing_in_common_are_refused(runs: list[Path]):
    edited(runs[1], lambda results: [entry.update(split="validation") for entry in results["evaluations"]])

    assert codes(runs) == ["IFT871"]
