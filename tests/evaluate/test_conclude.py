"""What a run's evaluations say together, from files of predictions."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from recipe_lang.diagnostics.model import Stop
from recipe_lang.program.figures import EvaluateFigures
from recipe_lang.program.results import Results
from runtime.evaluate import conclude, gates
from runtime.evaluate.bounds import Changed
from runtime.evaluate.pairs import paired
from runtime.evaluate.predictions import direct, read
from runtime.evaluate.resampling import Resampled
from runtime.evaluate.score import metrics_of
from runtime.report.card import card
from runtime.report.table import show_results
from tests.compiled import changed, metrics, suite
from tests.data import programs
from tests.evaluate.metrics.cases import predictions
from tests.evaluate.world import block
from tests.report.runs import altered, judged, program, written


def with_block(*require: str, **fields):
    """The program of these requirements, and with these fields of its block."""
    one = program(f"require = [{', '.join(require)}]")
    return changed(one, evaluations=[changed(one.evaluations[0], **fields)])


def test_differences_pair_base_and_tuned_at_the_tasks_own_shots(tmp_path: Path):
    _, results = written(tmp_path, program())
    entries = {(e.task, e.phase, e.shots): e for e in results.evaluations}

    for line in results.differences:
        base, tuned = (entries[line.task, phase, 0].metrics[line.metric] for phase in ("base", "tuned"))
        assert (base.value, tuned.value) == pytest.approx((line.base, line.tuned))
        assert tuned.value - base.value == pytest.approx(line.difference)
        assert line.low <= line.difference <= line.high
    assert len(results.differences) == 7


def test_tuning_is_paired_with_every_number_of_exemplars(tmp_path: Path):
    _, results = written(tmp_path, program())
    entries = {(e.task, e.phase, e.shots): e for e in results.evaluations}
    lines = results.against_exemplars

    assert [(line.task, line.shots) for line in lines] == [
        (task, shots) for task in ("note_writing", "note_filing", "hellaswag") for shots in (0, 1, 3, 5)
    ]
    for line in lines:
        keys = ((line.task, "base", line.shots), (line.task, "tuned", line.tuned_shots))
        files = [direct(read(tmp_path / entries[key].predictions)) for key in keys]
        scored = metrics_of(program().tasks[line.task])
        pair = paired(scored, *files, root=17, name=f"{line.task}/test")[line.metric]
        assert (line.difference, line.low, line.high) == (pair.difference, *pair.interval(0.95))
    alone = next(line for line in lines if line.task == "note_writing" and line.shots == 0)
    assert set(alone) > set(next(d for d in results.differences if d.metric == "rouge1"))


def test_without_training_there_is_nothing_to_hold_against_exemplars(tmp_path: Path):
    _, results = written(tmp_path, program(training=False))

    assert results.against_exemplars == []


def test_rows_pair_by_id_in_whatever_order_they_stand(tmp_path: Path):
    _, results = written(tmp_path, program())
    line = next(d for d in results.differences if d.metric == "bleu")
    files = [tmp_path / f"predictions/note_writing.test.{phase}.0-shot.jsonl" for phase in ("base", "tuned")]
    left, right = (direct(read(file)) for file in files)
    scored = metrics_of(program().tasks["note_writing"])

    again = paired(scored, left, right[::-1], root=17, name="note_writing/test")["bleu"]

    assert line.difference == pytest.approx(again.difference)
    assert again.interval(0.95) == pytest.approx((line.low, line.high))


def test_pairing_makes_the_interval_of_like_answers_narrow():
    """Two models that differ on two rows of a hundred: their difference is known far better than either figure."""
    rows = predictions(100, seed=1)
    other = [replace(p, answer="nothing like it") if n < 2 else p for n, p in enumerate(rows)]
    scored = metrics_of(programs.task(metrics=metrics("rouge1")))

    pair = paired(scored, rows, other, root=1, name="x")["rouge1"]

    low, high = pair.interval(0.95)
    assert 0 < high - low < 0.1


def test_right_or_wrong_rows_are_judged_by_their_changes_and_others_by_resampling_groups():
    rows = predictions(40, seed=1)
    other = [replace(p, answer=p.expected[0] if n else "nothing like it") for n, p in enumerate(rows)]
    same = [replace(p, answer=p.expected[0]) for p in rows]
    scored = metrics_of(programs.task(metrics=metrics("accuracy", "rouge1")))
    pairs = paired(scored, same, other, root=1, name="x")
    grouped = [[replace(p, group=str(n // 2)) for n, p in enumerate(side)] for side in (same, other)]

    assert pairs["accuracy"].drop == Changed(lost=1, gained=0, rows=40)
    assert isinstance(pairs["rouge1"].drop, Resampled)
    assert isinstance(paired(scored, *grouped, root=1, name="x")["accuracy"].drop, Resampled)


def test_different_rows_are_refused(tmp_path: Path):
    plan, results = written(tmp_path, program())
    path = tmp_path / "predictions/note_writing.test.tuned.0-shot.jsonl"
    path.write_text("\n".join(path.read_text().splitlines()[1:]) + "\n")

    with pytest.raises(Stop) as stopped:
        conclude(plan, results.evaluations, tmp_path)

    assert [d.code for d in stopped.value.diagnostics] == ["IFT855"]


def test_drops_are_turned_so_that_worse_is_more(tmp_path: Path):
    _, results = written(tmp_path, program())
    drops = {line.task: line for line in results.retain}

    assert drops["hellaswag"].drop == pytest.approx(drops["hellaswag"].base - drops["hellaswag"].tuned)
    assert drops["note_filing"].verdict == "kept"
    total = results.forgetting
    assert total.mean_drop == pytest.approx(-total.backward_transfer)
    assert total.worst_task == "hellaswag"


def test_missed_requirements_are_errors_and_passed_ones_are_silent(tmp_path: Path):
    wanted = (
        "note_writing.rouge1 >= 0.5",
        "note_writing.rouge1 >= 0.99",
        "note_writing.bleu.gain > 0.2",
        "note_filing.accuracy < 0.1",
    )
    one = with_block(*wanted, retain={})
    plan, results = written(tmp_path, one)

    assert [line.passed for line in results.require] == [True, False, True, False]
    found = gates(plan, results, tmp_path)
    assert [(d.code, d.severity, d.pointer) for d in found] == [
        ("IFT860", "error", "/evaluations/0/require/1"),
        ("IFT860", "error", "/evaluations/0/require/3"),
    ]


@pytest.mark.parametrize("metric", ["ter", "perplexity"])
def test_a_gain_is_for_the_better_where_less_is_better(tmp_path: Path, metric: str):
    require = [f"note_writing.{metric}.gain {bound}" for bound in ("> 0", "> 10", "< 0")]
    one = judged(f"require = [{', '.join(require)}]", tasks=["note_writing"], retain={})
    task = programs.task(templates=["brief", "back"], metrics=metrics(metric))
    _, results = written(tmp_path, program(tasks={"note_writing": task}, evaluations=[one]))
    (line,) = results.differences

    assert line.tuned < line.base
    assert [required.value for required in results.require] == [pytest.approx(line.base - line.tuned)] * 3
    assert [required.passed for required in results.require] == [True, False, False]


@pytest.mark.parametrize("metric", ["ter", "perplexity"])
def test_a_drop_is_for_the_worse_where_less_is_better(tmp_path: Path, metric: str):
    one = judged(tasks=["note_writing"], retain={"note_writing": 0.1}, shots=[])
    task = programs.task(templates=["brief", "back"], metrics=metrics(metric))
    _, results = written(tmp_path, program(tasks={"note_writing": task}, evaluations=[one]))
    (line,) = results.retain

    assert line.drop < 0
    assert line.drop == pytest.approx(line.tuned - line.base)


def test_a_forgotten_task_is_an_error_and_an_undecided_one_by_strictness(tmp_path: Path):
    for strict, severity in ((False, "warning"), (True, "error")):
        one = with_block(retain={"hellaswag": 0.05}, strict=strict)
        plan, results = written(tmp_path / str(strict), one)
        assert [(d.code, d.severity) for d in gates(plan, results, tmp_path / str(strict))] == [("IFT862", severity)]
    lost = altered(results, lambda document: document["retain"][0].update(verdict="forgotten"))
    assert [(d.code, d.severity) for d in gates(plan, lost, tmp_path / "True")] == [("IFT861", "error")]


def test_whether_a_model_guesses_is_asked_at_the_tasks_own_number_of_exemplars(tmp_path: Path):
    """Not at the smallest one that it was asked with."""
    task = programs.task(
        templates=["ending"], metrics=metrics("accuracy"), score="choose", few_shot=programs.few_shot(shots=[5])
    )
    one = program(tasks={"hellaswag": task}, evaluations=[block(tasks=["hellaswag"], retain={"hellaswag": 0.9})])
    plan, results = written(tmp_path, one)

    def guessing(document: dict, at: int) -> None:
        for entry in document["evaluations"]:
            if entry["phase"] == "tuned":
                entry["shots"] = 5
            elif entry["shots"] in (0, 5):
                entry["metrics"]["accuracy"]["low"] = 0.2 if entry["shots"] == at else 0.3

    for at, codes in ((0, []), (5, ["IFT863"])):
        found = altered(results, partial(guessing, at=at))
        assert [d.code for d in gates(plan, conclude(plan, found.evaluations, tmp_path), tmp_path)] == codes


def test_whether_a_model_guesses_is_not_asked_of_groups(tmp_path: Path):
    """Guesses get whole groups right far more seldom than rows."""
    calls = metrics("accuracy(per = group)")
    task = programs.task(templates=["ending"], metrics=calls, score="choose")
    one = program(tasks={"hellaswag": task}, evaluations=[block(tasks=["hellaswag"], retain={"hellaswag": 0.9})])
    plan, results = written(tmp_path, one)

    def guessing(document: dict) -> None:
        base = next(e for e in document["evaluations"] if (e["phase"], e["shots"]) == ("base", 0))
        (metric,) = base["metrics"].values()
        metric["low"] = 0.01

    assert gates(plan, altered(results, guessing), tmp_path) == []


def test_a_retained_task_that_was_to_be_measured_and_was_not_fails_the_gate(tmp_path: Path):
    plan, results = written(tmp_path, with_block(retain={"hellaswag": 0.9, "note_filing": 0.9}))
    lost = [e for e in results.evaluations if (e.task, e.phase) != ("hellaswag", "tuned")]
    without = conclude(plan, lost, tmp_path)
    kept = {
        "block": None,
        "split": "test",
        "shots": [0],
        "base_shots": [0],
        "rows": 60,
        "groups": 60,
        "smallest_drop": None,
    }
    planned = [EvaluateFigures(task="hellaswag", phases=["base", "tuned"], **kept)]
    measured = plan.model_copy(update={"figures": plan.figures.model_copy(update={"evaluate": planned})})

    assert [line.task for line in without.retain] == ["note_filing"]
    assert [(d.code, d.severity, d.pointer) for d in gates(measured, without, tmp_path)] == [
        ("IFT865", "error", "/evaluations/0/retain/hellaswag")
    ]
    assert gates(measured, results, tmp_path) == gates(plan, without, tmp_path) == []


def test_a_requirement_on_what_was_not_measured_is_missed(tmp_path: Path):
    one = with_block("note_writing.chrf >= 0.1", retain={})
    _, results = written(tmp_path, one)

    assert [(line.value, line.passed) for line in results.require] == [(None, False)]


def test_suites_average_over_tasks_or_rows(tmp_path: Path):
    suites = {
        "inner": suite(tasks=["note_filing", "hellaswag"]),
        "nested": suite(tasks=["inner", "note_writing"]),
        "pooled": suite("average = rows", tasks=["inner", "note_writing"]),
        "fewer": suite(tasks=["inner", "note_writing"], except_=["hellaswag"]),
        "fewest": suite("average = rows", tasks=["nested"], except_=["hellaswag"]),
    }
    one = program(suites=suites, evaluations=[block(tasks=["nested", "pooled", "fewer", "fewest"])])
    _, results = written(tmp_path, one)
    own = {(e.task, e.phase): e.metrics[e.main].value for e in results.evaluations if e.shots == 0}
    groups = {(g.suite, g.phase): g for g in results.groups if g.shots == 0}

    for phase in ("base", "tuned"):
        filing, endings, notes = (own[task, phase] for task in ("note_filing", "hellaswag", "note_writing"))
        assert groups["inner", phase].value == pytest.approx((filing + endings) / 2)
        assert groups["nested", phase].value == pytest.approx(((filing + endings) / 2 + notes) / 2)
        assert groups["pooled", phase].value == pytest.approx((60 * filing + 60 * endings + 50 * notes) / 170)
        assert groups["pooled", phase].rows == 170
        assert groups["fewer", phase].value == pytest.approx((filing + notes) / 2)
        assert groups["fewest", phase].value == pytest.approx((60 * filing + 50 * notes) / 110)
    for group in groups.values():
        assert group.low < group.value < group.high


def test_a_suite_may_take_the_mean_of_each_tasks_metrics(tmp_path: Path):
    """GLUE's average: a task of two metrics counts once, a suite inside a suite too."""
    suites = {
        "inner": suite("figure = mean", tasks=["note_filing", "hellaswag"]),
        "nested": suite(tasks=["inner", "note_writing"]),
    }
    _, results = written(tmp_path, program(suites=suites, evaluations=[block(tasks=["nested"])]))
    own = {e.task: e for e in results.evaluations if (e.shots, e.phase) == (0, "tuned")}
    groups = {g.suite: g for g in results.groups if (g.shots, g.phase) == (0, "tuned")}

    filing, endings = (np.mean([m.value for m in own[t].metrics.values()]) for t in ("note_filing", "hellaswag"))
    assert groups["inner"].value == pytest.approx((filing + endings) / 2)
    notes = own["note_writing"].metrics["rouge1"].value
    assert groups["nested"].value == pytest.approx(((filing + endings) / 2 + notes) / 2)
    assert groups["inner"].low < groups["inner"].value < groups["inner"].high


def test_the_document_is_json_without_nan(tmp_path: Path):
    _, results = written(tmp_path, program())

    document = results.model_dump_json()

    json.loads(document, parse_constant=pytest.fail)
    assert Results.model_validate_json(document) == results


def test_every_interval_states_the_confidence_of_its_block(tmp_path: Path):
    blocks = [
        block(name=name, tasks=[task], confidence=confidence)
        for name, task, confidence in (("first", "note_writing", 0.95), ("second", "hellaswag", 0.9))
    ]
    plan, results = written(tmp_path, program(evaluations=blocks))
    own = {"note_writing": 0.95, "hellaswag": 0.9}

    assert {(e.task, e.confidence) for e in results.evaluations} == set(own.items())
    assert {(d.task, d.confidence) for d in results.differences} == set(own.items())
    table = io.StringIO()
    show_results(plan, results, tmp_path, table)
    rows = [line for line in table.getvalue().splitlines() if " to " in line]
    assert [line for line in rows if ("(90%)" in line) != line.startswith("hellaswag")] == []
    assert any(line.startswith("hellaswag") for line in rows)
    written_down = [line for line in card(plan, results, []).splitlines() if " to " in line]
    assert [line for line in written_down if ("(90%)" in line) != ("| hellaswag" in line)] == []


def test_the_same_files_give_the_same_document(tmp_path: Path):
    plan, results = written(tmp_path, program())

    again = conclude(plan, results.evaluations, tmp_path)

    assert again == results.model_copy(update={"tuned_step": None})


@pytest.mark.parametrize(
    ("precision", "tuned", "codes"),
    [("bf16", 2048, ["IFT866"]), ("bf16", 4096, []), ("fp32", 2048, [])],
)
def test_sides_in_different_batches_are_warned_of_where_batches_round(tmp_path: Path, precision, tuned, codes):
    plan, results = written(tmp_path, with_block(retain={}, tasks=["note_writing"]))

    def asked(document: dict) -> None:
        for entry in document["evaluations"]:
            tokens = tuned if entry["phase"] == "tuned" else 4096
            entry["how"] |= {"precision": precision, "batches": {"tokens": tokens, "rows": 64, "count": 3}}

    assert [d.code for d in gates(plan, altered(results, asked), tmp_path)] == codes


def test_references_that_a_metric_cannot_see_are_warned_of(tmp_path: Path):
    plan, results = written(tmp_path, with_block(retain={}))
    found = altered(results, lambda document: document["evaluations"][0]["metrics"]["rouge1"].update(unseen=7))

    assert [(d.code, d.severity) for d in gates(plan, found, tmp_path)] == [("IFT864", "warning")]
