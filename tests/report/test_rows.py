"""What the report shows of rows, labels and exemplars, on runs of a few rows with known answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from recipe_lang.program.predictions import Choice
from recipe_lang.program.results import AgainstExemplars, Evaluation, Results
from runtime.base.records import write_lines
from runtime.evaluate import conclude
from runtime.report.classes import Classes, classes
from runtime.report.figures import Worth, exemplars_against_tuning
from runtime.report.page import page
from runtime.report.rows import Row, SideBySide, side_by_side
from tests.evaluate.made import evaluation
from tests.evaluate.metrics.cases import prediction
from tests.evaluate.test_runs import ALONE
from tests.report.runs import plan, program, written
from tests.report.test_page import parsed


def entry(phase: str, shots: int = 0, value: float = 0.5, better: str = "more", **changed) -> Evaluation:
    return evaluation(
        {"m": value}, better, task="ask", phase=phase, shots=shots, predictions=f"predictions/{phase}.jsonl", **changed
    )


def results(evaluations: list[Evaluation], against: Sequence[AgainstExemplars] = ()) -> Results:
    made = conclude(plan(program(evaluations=[])), evaluations, Path())
    return made.model_copy(update={"against_exemplars": list(against)})


def rows_of(folder: Path, better: str = "more", **scores: list[float]) -> SideBySide:
    for phase, values in scores.items():
        rows = [prediction("x", "y", row=n, scores={"m": score}) for n, score in enumerate(values)]
        write_lines(folder / f"predictions/{phase}.jsonl", rows)
    (found,) = side_by_side(results([entry(phase, better=better) for phase in scores]), folder)
    return found


def ids(rows: list[Row]) -> list[str]:
    return [row.after.id for row in rows]


def test_gained_and_lost_most_are_the_largest_changes(tmp_path: Path):
    base = [0.5] * 12
    tuned = [0.5, 0.9, 0.6, 0.8, 0.7, 0.1, 0.4, 0.2, 0.3, 0.5, 0.5, 0.5]

    found = rows_of(tmp_path, base=base, tuned=tuned)

    assert (ids(found.best), ids(found.worst), found.lost) == (["r1", "r3", "r4"], ["r5", "r7", "r8"], True)


def test_where_less_is_better_a_fall_is_a_gain(tmp_path: Path):
    found = rows_of(tmp_path, "less", base=[9.0] * 12, tuned=[5.0, 20.0, *[9.0] * 10])

    assert (ids(found.best), ids(found.worst), found.lost) == (["r0"], ["r1"], True)


def test_a_model_that_nothing_was_trained_on_has_best_and_worst_rows(tmp_path: Path):
    found = rows_of(tmp_path, base=[n / 12 for n in range(12)])

    assert (ids(found.best), ids(found.worst)) == (["r11", "r10", "r9"], ["r0", "r1", "r2"])
    assert rows_of(tmp_path, base=[0.5] * 12).best == []


def test_best_and_worst_rows_are_headed_so(tmp_path: Path):
    html = page(*written(tmp_path, program(**ALONE)), tmp_path)

    assert {"Best", "Worst"} <= set(parsed(html).text)
    assert "Gained most" not in html


def shown_classes(folder: Path, answers: list[tuple[str, str]], names: list[str], **changed) -> list[Classes]:
    """Of (reference, answer) a row; `names` are the choices of each, in another order in every second row."""
    rows = []
    for n, (wanted, given) in enumerate(answers):
        offered = tuple(Choice(name, -1.0, 1) for name in names[:: 1 - n % 2 * 2])
        rows.append(prediction(given, wanted, row=n, scores={"m": float(given == wanted)}, choices=offered))
    write_lines(folder / "predictions/base.jsonl", rows)
    return list(classes(results([entry("base", **changed)]), folder))


ANSWERS = [("yes", "yes"), ("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no"), ("no", "no"), ("no", "no")]


@pytest.mark.parametrize("offered", [["yes", "no"], []])
def test_classes_are_counted_by_reference_and_answer(tmp_path: Path, offered: list[str]):
    """Where rows share their choices, in whatever order, or have references that repeat."""
    (found,) = shown_classes(tmp_path, ANSWERS, offered)

    assert found.lines == [
        ("no", "4 (57.1%)", [("4 (57.1%)", "0.7500", "0.7500", "0.7500")]),
        ("yes", "3 (42.9%)", [("3 (42.9%)", "0.6667", "0.6667", "0.6667")]),
    ]
    (matrix,) = found.matrices
    cells = {(wanted, given): c for wanted, own, _ in matrix.lines for given, c in zip(matrix.labels, own, strict=True)}
    assert cells["yes", "no"] == (1, pytest.approx(1 / 3), False)
    assert cells["no", "no"] == (3, 0.75, True)
    assert found.confusions == [("base", [("yes", "no", "1"), ("no", "yes", "1")])]


def test_of_many_classes_the_most_frequent_confusions_are_listed(tmp_path: Path):
    names = [f"intent {n}" for n in range(77)]
    answers = [(name, names[(n + (n % 7 == 0)) % 77]) for n, name in enumerate(names * 2)]

    (found,) = shown_classes(tmp_path, [*answers, (names[0], names[1])], names)

    assert (found.count, len(found.lines), found.matrices) == (77, 77, [])
    assert found.lines[0][:2] == ("intent 0", "3 (1.9%)")
    assert found.confusions[0][1][0] == ("intent 0", "intent 1", "3")


def test_an_answer_that_is_no_class_is_counted_apart(tmp_path: Path):
    (found,) = shown_classes(tmp_path, [*ANSWERS, ("yes", "perhaps")], [])

    assert found.lines[-1] == ("(no class)", "0 (0%)", [("1 (12.5%)", "–", "–", "–")])


def test_texts_that_differ_from_row_to_row_are_no_classes(tmp_path: Path):
    assert shown_classes(tmp_path, [(f"text {n}", f"text {n}") for n in range(6)], []) == []


def test_a_row_shows_what_was_answered_while_it_was_trained(tmp_path: Path):
    evaluations = [entry("base"), *(entry(f"step-{n}") for n in (10, 100, 20)), entry("tuned")]
    for one in evaluations:
        write_lines(tmp_path / one.predictions, [prediction(f"at {one.phase}", "y", scores={"m": 0.5})])

    (found,) = side_by_side(results(evaluations), tmp_path)

    (row,) = found.samples
    assert [(step, answer.text) for step, answer, _ in row.between] == [
        (f"step {n}", f"at step-{n}") for n in (10, 20, 100)
    ]


def known(difference: float) -> dict[str, float]:
    return {"difference": difference, "low": difference - 0.1, "high": difference + 0.1, "confidence": 0.95}


def worth(gains: dict[int, float], better: str = "more", draws: list[float] | None = None) -> Worth:
    """`gains` of the tuned model by the untouched one's exemplars, each known to 0.1."""
    same = {"block": None, "task": "ask", "split": "test", "metric": "m", "tuned_shots": 3, "better": better}
    lines = [
        AgainstExemplars(**same, shots=shots, base=0.5 - gain, tuned=0.5, **known(gain))
        for shots, gain in gains.items()
    ]
    evaluations = [entry("base", shots, 0.5 - gain, draws=draws if shots else None) for shots, gain in gains.items()]
    evaluations += [entry("tuned", 1, 0.1), entry("tuned", 3, 0.5)]
    (found,) = exemplars_against_tuning(results(evaluations, lines))
    return found


@pytest.mark.parametrize(
    ("gains", "better", "sentence"),
    [
        ({0: 0.3, 1: 0.3}, "more", "Tuning is worth more than 1 exemplars."),
        ({0: 0.3, 1: -0.3}, "more", "Tuning is worth more than 0 and less than 1 exemplars."),
        ({0: -0.3, 1: 0.3}, "less", "Tuning is worth more than 0 and less than 1 exemplars."),
        ({0: -0.3, 3: -0.3}, "more", "Tuning is worth no exemplar: the untouched model does better without any."),
        (
            {0: 0.3, 1: 0.05, 3: 0.0, 5: -0.3, 9: -0.4},
            "more",
            "Tuning is worth more than 0 and less than 5 exemplars; whether it is worth 1 and 3 is undecided.",
        ),
        ({0: 0.0, 1: -0.3}, "more", "Tuning is worth less than 1 exemplars; whether it is worth 0 is undecided."),
        ({0: 0.0, 1: 0.0, 3: 0.0}, "more", "Whether tuning is worth 0, 1 and 3 exemplars is undecided."),
        (
            {0: -0.3, 1: 0.3, 3: 0.2, 5: 0.0},
            "more",
            "More exemplars do not always help: the tuned model is better than the untouched one with 1 and 3, "
            "worse than with 0 and not told apart from it with 5.",
        ),
    ],
)
def test_what_tuning_is_worth_is_undecided_where_paired_intervals_hold_no_difference(gains, better, sentence: str):
    assert worth(gains, better).sentence == sentence


def test_tuning_is_shown_at_the_tasks_own_number_of_exemplars():
    found = worth({0: 0.3, 1: 0.2})

    assert found.tuned == ("0.5000", "0.4000 to 0.6000", 3)
    assert [row[-2:] for row in found.rows] == [("+0.3000", "+0.2000 to +0.4000"), ("+0.2000", "+0.1000 to +0.3000")]


def test_single_draws_of_exemplars_are_dots_of_the_picture():
    svg = worth({0: 0.3, 1: 0.3}, draws=[0.15, 0.2, 0.25]).chart.svg

    assert svg.count("dot base each") == 3
