"""Finished runs beside each other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from recipe_lang.diagnostics.model import Stop
from recipe_lang.plan.diff import side_by_side
from recipe_lang.program.comparison import Comparison, Setting
from recipe_lang.program.metrics import METRICS, metric_of
from runtime.evaluate.metrics import metric
from runtime.evaluate.pairs import paired_files
from runtime.evaluate.runs import compare_runs, short_names
from runtime.evaluate.score import metrics_of
from runtime.report.results import write_results
from tests.compiled import changed, metrics
from tests.data import programs
from tests.evaluate.world import block
from tests.report.runs import program, written


def compared(folders: Sequence[Path]) -> Comparison:
    return compare_runs(folders, side_by_side)


def finished(folder: Path, tokenizer: str = "5a" * 32, **changed) -> Path:
    plan, results = written(folder, program(**changed), tokenizer=tokenizer)
    write_results(results, folder)
    (folder / "plan.json").write_text(plan.model_dump_json(by_alias=True))
    return folder


ALONE = {
    "tasks": {"hellaswag": programs.task(templates=["ending"], metrics=metrics("accuracy"), score="choose")},
    "evaluations": [block(tasks=["hellaswag"])],
    "training": False,
}


def edited(folder: Path, change) -> None:
    results = json.loads((folder / "results.json").read_text())
    change(results)
    (folder / "results.json").write_text(json.dumps(results))


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    return [finished(tmp_path / "a"), finished(tmp_path / "b", seed=3)]


def codes(folders) -> list[str]:
    with pytest.raises(Stop) as stopped:
        compared(folders)
    return [d.code for d in stopped.value.diagnostics]


def test_equal_answers_have_no_difference(runs: list[Path]):
    found = compared(runs)

    assert {line.against_first[0].difference for line in found.figures} == {0.0}
    assert [group.rows for group in found.rows] == [[]] * len(found.rows)


def test_settings_that_differ_are_listed_as_the_language_spells_them(runs: list[Path]):
    other = finished(runs[0].parent / "c", description="Another", training=False)

    found = {line.setting: line.values for line in compared([*runs, other]).settings}

    assert found == {
        "recipe.seed": ["17", "3", "17"],
        "recipe.description": ['"Dialogue to clinical note with a small model"'] * 2 + ['"Another"'],
        "train": ["there", "there", "not there"],
    }


def test_of_equal_calls_the_arguments_that_differ_are_listed(tmp_path: Path):
    sources = ['source = hub("org/small", revision = "main")', 'source = hub("org/small", revision = "other")']
    folders = [
        finished(tmp_path / name, models={"smollm": programs.model(source)}, **ALONE)
        for name, source in zip("ab", sources, strict=True)
    ]

    assert compared(folders).settings == [Setting(setting="smollm.source.revision", values=['"main"', '"other"'])]


def test_the_best_run_is_held_against_the_next(tmp_path: Path):
    folders = [finished(tmp_path / name, **ALONE) for name in "ab"]

    best = compare_runs(folders, side_by_side, "hellaswag.accuracy").best

    assert {best.run, best.next} == {"a", "b"}
    assert best.difference == 0
    assert best.low <= 0 <= best.high


def test_commits_that_a_lock_pins_are_listed_where_they_differ(tmp_path: Path):
    """The recipe has the same `revision` in both."""
    folders = []
    for name in ("a", "b"):
        model = programs.model('source = hub("org/small", revision = "main")')
        pinned = {"smollm": changed(model, source=changed(model.source, commit=name * 40))}
        folders.append(finished(tmp_path / name, models=pinned, **ALONE))

    assert Setting(setting="smollm.source.commit", values=["a" * 40, "b" * 40]) in compared(folders).settings


def test_models_that_were_asked_otherwise_are_listed(runs: list[Path]):
    """Settings may be equal where a length is taken from the data."""

    def longer(results):
        for entry in results["evaluations"]:
            if entry["task"] == "note_writing":
                entry["how"]["max_new_tokens"] = 32

    edited(runs[1], longer)

    assert Setting(setting="note_writing: max_new_tokens", values=["64", "32"]) in compared(runs).settings


@pytest.mark.parametrize(("precision", "listed"), [("fp32", False), ("bf16", True)])
def test_batches_are_listed_where_figures_depend_on_them(tmp_path: Path, precision: str, listed: bool):
    folders = [finished(tmp_path / name, **ALONE) for name in ("a", "b")]
    for folder, rows in zip(folders, (64, 16), strict=True):
        how = {"precision": precision, "batches": {"tokens": 4096, "rows": rows, "count": 4}}
        edited(folder, lambda results, how=how: [entry["how"].update(how) for entry in results["evaluations"]])

    line = Setting(setting="hellaswag: batches.rows", values=["64", "16"])

    assert compared(folders).settings == ([line] if listed else [])


def test_names_are_as_much_of_the_path_as_tells_runs_apart(tmp_path: Path):
    folders = [tmp_path / "first/study", tmp_path / "second/study"]

    assert short_names(folders) == ["first/study", "second/study"]
    assert short_names([tmp_path / "rank=4", tmp_path / "rank=8"]) == ["rank=4", "rank=8"]


def test_a_run_that_only_evaluates_stands_beside_a_tuned_model(runs: list[Path]):
    alone = finished(runs[0].parent / "alone", training=False)

    found = compared([runs[0], alone])

    line = next(f for f in found.figures if (f.task, f.phase, f.main) == ("note_writing", "tuned", True))
    tuned, untouched = (value.value for value in line.values)
    assert tuned > untouched
    assert line.against_first[0].significant


def test_runs_that_only_evaluate_have_no_untouched_models(tmp_path: Path):
    """Whatever models they ask are what they are about."""
    found = compared([finished(tmp_path / name, training=False) for name in ("a", "b")])

    assert {line.phase for line in [*found.figures, *found.rows]} == {"tuned"}
    assert {line.shots for line in found.figures} == {0, 1, 3, 5}
    assert [run.trained for run in found.runs] == [False, False]


def test_a_model_that_is_only_evaluated_is_never_held_against_an_untouched_one(runs: list[Path]):
    found = compared([runs[0], finished(runs[0].parent / "alone", training=False)])

    assert {(line.phase, line.shots) for line in found.figures} == {("tuned", 0)}


def test_another_model_that_a_training_run_evaluates_is_no_untouched_one(tmp_path: Path):
    other = block(name="other", model="teacher", tasks=["hellaswag"])
    blocks = [block(name="own", tasks=["note_filing"]), other]

    found = compared([finished(tmp_path / name, evaluations=blocks) for name in ("a", "b")])

    phases = {(line.task, line.phase) for line in found.figures}
    assert phases == {("note_filing", "base"), ("note_filing", "tuned"), ("hellaswag", "tuned")}


def test_significance_is_holms_over_main_metrics_of_what_the_runs_came_to(runs: list[Path]):
    """Not over their untouched models, which are the same."""
    alone = finished(runs[0].parent / "c", training=False)
    found = compared([alone, runs[0]]).figures
    found += [line for line in compared(runs).figures if line.phase == "base"]

    tested = [line.against_first[0] for line in found if line.main and line.phase == "tuned"]

    others = [line for line in found if not line.main or line.phase == "base"]
    assert {line.against_first[0].significant for line in others} == {None}
    ordered = sorted(tested, key=lambda other: other.p)
    rejected = [other.significant for other in ordered]
    assert rejected == sorted(rejected, reverse=True)
    assert any(rejected) and not all(rejected)
    first_kept = rejected.index(False)
    assert ordered[first_kept].p > 0.05 / (len(tested) - first_kept)


def test_rows_that_disagree_are_listed_the_widest_apart_first(runs: list[Path]):
    path = runs[1] / "predictions/note_writing.test.tuned.0-shot.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines[:2]:
        line |= {"prediction": "nothing", "answer": "nothing", "scores": dict.fromkeys(line["scores"], 0.0)}
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert codes(runs) == ["IFT870"]
    edited(runs[1], lambda results: refigured(results, runs[1]))

    found = compared(runs)

    (group,) = [g for g in found.rows if g.rows]
    assert {row.id for row in group.rows} == {line["id"] for line in lines[:2]}
    assert group.rows[0].apart >= group.rows[1].apart
    line = next(f for f in found.figures if (f.task, f.phase, f.metric) == ("note_writing", "tuned", "rouge1"))
    assert line.against_first[0].difference < 0


def refigured(results: dict, folder: Path) -> None:
    """The figures of tuned notes as their rows have them now."""
    metrics = metrics_of(program().tasks["note_writing"])
    for entry in results["evaluations"]:
        if (entry["task"], entry["phase"]) == ("note_writing", "tuned"):
            file = folder / entry["predictions"]
            for name, pair in paired_files(metrics, file, file, root=0, name="").items():
                entry["metrics"][name]["value"] = pair.second


def test_different_signatures_are_refused(runs: list[Path]):
    edited(runs[1], lambda results: results["evaluations"][0]["metrics"]["rouge1"].update(signature="rouge1|stem:yes"))

    assert codes(runs) == ["IFT872"]


def test_figures_that_count_tokens_are_refused_where_tokenizers_differ(tmp_path: Path):
    """And only those: characters are the same under any tokenizer."""
    for by, refused in (("tokens", True), ("characters", False)):
        task = programs.task(templates=["ending"], metrics=metrics(f"accuracy_norm(by = {by})"), score="choose")
        asked = {"tasks": {"hellaswag": task}, "evaluations": [block(tasks=["hellaswag"])], "training": False}
        folders = [finished(tmp_path / f"{by} {hash[0]}", hash, **asked) for hash in ("1b" * 32, "2c" * 32)]
        if refused:
            assert codes(folders) == ["IFT872"]
        else:
            assert compared(folders).figures


def test_our_own_definitions_have_a_version_in_every_signature():
    for name in (name for model in METRICS for name in model.calls()):
        signature = metric(metric_of(name)).signature([])
        assert ("tool:ift" not in signature) or ("tool:ift|version:" in signature)


def test_different_rows_are_refused(runs: list[Path]):
    path = runs[1] / "predictions/note_writing.test.base.0-shot.jsonl"
    path.write_text("\n".join(path.read_text().splitlines()[1:]) + "\n")

    assert codes(runs) == ["IFT855"]


def test_the_same_rows_with_other_references_are_refused(runs: list[Path]):
    path = runs[1] / "predictions/note_writing.test.base.0-shot.jsonl"
    path.write_text(path.read_text().replace("No known drug allergies.", "None."))

    assert codes(runs) == ["IFT855"]


def test_damaged_predictions_are_said_in_a_line(runs: list[Path]):
    path = runs[1] / "predictions/note_writing.test.base.0-shot.jsonl"
    path.write_bytes(path.read_bytes()[:-20])

    assert codes(runs) == ["IFT870"]


def test_answers_may_hold_any_separator(runs: list[Path]):
    path = runs[1] / "predictions/note_writing.test.tuned.0-shot.jsonl"
    first, *others = path.read_text(encoding="utf-8").split("\n")
    changed = json.loads(first) | {"prediction": "one\u2028line"}
    path.write_text("\n".join([json.dumps(changed, ensure_ascii=False), *others]), encoding="utf-8")

    assert [run.name for run in compared(runs).runs] == ["a", "b"]


def test_a_record_that_a_kill_has_cut_is_read_to_there(runs: list[Path]):
    with (runs[1] / "metrics.jsonl").open("a") as record:
        record.write('{"step": 12')

    assert [run.cost.steps for run in compared(runs).runs] == [120, 120]


def test_a_record_that_is_damaged_is_said_in_a_line(runs: list[Path]):
    record = runs[1] / "metrics.jsonl"
    record.write_text("no line of a run\n" + record.read_text())

    assert codes(runs) == ["IFT870"]


def test_what_is_no_run_is_refused(runs: list[Path], tmp_path: Path):
    (tmp_path / "empty").mkdir()

    assert codes([runs[0], tmp_path / "empty"]) == ["IFT870"]


def test_runs_with_nothing_in_common_are_refused(runs: list[Path]):
    edited(runs[1], lambda results: [entry.update(split="validation") for entry in results["evaluations"]])

    assert codes(runs) == ["IFT871"]
