"""Classification against scikit-learn, and decisions against lm-eval's formula."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

from recipe_lang.diagnostics.model import Stop
from recipe_lang.program.predictions import Choice
from runtime.evaluate.metrics import labels
from tests.evaluate.metrics.cases import choices, make, prediction

SETS = [["yes", "no"], ["A", "B", "C", "D"], ["猫", "犬", "", "naïve café"], [f"intent {n}" for n in range(77)]]
SKLEARN = {
    "accuracy": accuracy_score,
    "macro_f1": lambda y, p: f1_score(y, p, average="macro", zero_division=0),
    "mcc": matthews_corrcoef,
}


@pytest.mark.parametrize("name", SKLEARN)
@pytest.mark.parametrize("labels", SETS, ids=len)
@pytest.mark.parametrize("count", [1, 2, 7, 1000])
def test_figure_is_scikit_learns(name: str, labels: list[str], count: int):
    for seed in range(100 if count < 1000 else 1):
        rows = choices(count, labels, seed)
        expected = SKLEARN[name]([p.expected[0] for p in rows], [p.answer for p in rows])
        one = make(name)
        assert expected == pytest.approx(one.point(one.statistics(rows)), abs=1e-12)


@pytest.mark.parametrize("name", ["macro_f1", "mcc"])
def test_a_resample_is_the_figure_of_its_rows(name: str):
    rows = choices(50, SETS[1], seed=3)
    one = make(name)
    drawn = np.random.default_rng(1).integers(0, 50, (100, 50))
    weights = np.stack([np.bincount(row, minlength=50) for row in drawn]).astype(float)

    found = one.value(one.statistics(rows), weights)

    for indices, value in zip(drawn, found, strict=True):
        again = [rows[i] for i in indices]
        expected = SKLEARN[name]([p.expected[0] for p in again], [p.answer for p in again])
        assert expected == pytest.approx(value, abs=1e-12)


def test_f1_of_one_class_is_scikit_learns_binary_f1():
    for seed in range(1000):
        rows = choices(40, ["yes", "no"], seed)
        expected = f1_score([p.expected[0] for p in rows], [p.answer for p in rows], pos_label="yes", zero_division=0)
        one = make('macro_f1(only = "yes")')
        assert expected == pytest.approx(one.point(one.statistics(rows)), abs=1e-12)


@pytest.mark.parametrize("sizes", [[1, 1, 1], [1, 2, 5], [4]])
def test_groups_are_right_where_all_their_rows_are(sizes: list[int]):
    """SuperGLUE's exact match of MultiRC; a resample draws whole groups."""
    names = [f"group {n}" for n, size in enumerate(sizes) for _ in range(size)]
    for seed in range(1000):
        rows = [
            replace(row, group=name) for row, name in zip(choices(len(names), ["yes", "no"], seed), names, strict=True)
        ]
        expected = [all(p.answer == p.expected[0] for p in rows if p.group == name) for name in dict.fromkeys(names)]
        drawn = np.random.default_rng(seed).multinomial(len(sizes), np.ones(len(sizes)) / len(sizes), 8)
        one = make("accuracy(per = group)")
        found = one.value(one.statistics(rows), np.repeat(drawn, sizes, axis=1).astype(float))

        assert one.point(one.statistics(rows)) == pytest.approx(np.mean(expected))
        assert found == pytest.approx(drawn @ expected / len(sizes))


def test_groups_of_a_slice_are_put_together_from_its_own_rows():
    """A group that is wrong elsewhere may be right in the slice."""
    rng = random.Random(4)
    for seed in range(200):
        rows = [replace(row, group=f"g{rng.randrange(12)}") for row in choices(40, ["yes", "no"], seed)]
        own = sorted(rng.sample(range(40), 15))
        one = make("accuracy(per = group)")
        found = one.statistics(rows)

        assert one.point(found[own]) == pytest.approx(one.point(one.statistics([rows[n] for n in own])))
        right = {p.group: 1.0 for p in rows} | {p.group: 0.0 for p in rows if p.answer != p.expected[0]}
        assert one.rows(found).tolist() == [right[p.group] for p in rows]


def test_choices_that_white_space_tells_apart_are_told_apart():
    offered = (Choice(" yes", -1.0, 1), Choice("yes", -2.0, 1), Choice("no", -3.0, 1))
    rows = [prediction(" yes", "yes", choices=offered), prediction("yes", "yes", choices=offered)]

    assert make("accuracy").statistics(rows)[:, 0].tolist() == [0.0, 1.0]
    assert make("accuracy_norm").statistics(rows)[:, 0].tolist() == [0.0, 0.0]
    assert make("macro_f1").point(make("macro_f1").statistics(rows)) == pytest.approx((2 / 3 + 0) / 2)


def test_a_class_that_is_no_choice_stops():
    with pytest.raises(Stop) as stopped:
        make('macro_f1(only = "Yes")').statistics(choices(5, ["yes", "no"]))

    assert [d.code for d in stopped.value.diagnostics] == ["IFT852"]


def test_length_normalised_decision_is_lm_evals():
    rows = choices(1000, ["a", "long answer", "猫", "the very longest of all answers"], seed=5)

    found = make("accuracy_norm").statistics(rows)[:, 0]

    for p, right in zip(rows, found, strict=True):
        scores = np.array([c.logprob for c in p.choices])
        lengths = np.array([float(len(c.text)) for c in p.choices])
        assert (p.choices[int(np.argmax(scores / lengths))].text == p.expected[0]) == bool(right)


@pytest.mark.parametrize(("by", "length"), [("bytes", lambda c: len(c.text.encode())), ("tokens", lambda c: c.tokens)])
def test_length_can_be_counted_in_other_units(by: str, length):
    rows = choices(1000, ["a", "long answer", "猫猫猫", "naïve café"], seed=6)

    found = make(f"accuracy_norm(by = {by})").statistics(rows)[:, 0]

    for p, right in zip(rows, found, strict=True):
        best = max(p.choices, key=lambda c: c.logprob / length(c))
        assert (best.text == p.expected[0]) == bool(right)


def test_generated_text_is_right_where_it_is_a_label_and_another_class_where_it_is_none():
    rows = [prediction(" yes\n", "yes"), prediction("maybe", "no"), prediction(None, "no")]

    assert make("accuracy").statistics(rows)[:, 0].tolist() == [1.0, 0.0, 0.0]
    assert make("macro_f1").point(make("macro_f1").statistics(rows)) == pytest.approx(1 / 3)


def test_any_of_several_references_is_right():
    assert make("accuracy").statistics([prediction("b", "a", "b")])[0, 0] == 1.0


def test_answers_that_are_no_label_are_one_class_for_matthews():
    rng = random.Random(0)
    rows = [prediction(rng.choice(["yes", "no", "x", "y"]), rng.choice(["yes", "no"]), row=n) for n in range(400)]
    given = ["other" if p.answer in "xy" else p.answer for p in rows]

    expected = matthews_corrcoef([p.expected[0] for p in rows], given)

    assert expected == pytest.approx(make("mcc").point(make("mcc").statistics(rows)), abs=1e-12)


def test_choices_are_looked_over_once_a_row(monkeypatch: pytest.MonkeyPatch):
    """However many there are: else a row costs their number squared."""
    seen, own = [], labels._bare
    monkeypatch.setattr(labels, "_bare", lambda choices: seen.append(choices) or own(choices))

    make("macro_f1").statistics(choices(10, SETS[3], seed=1))

    assert len(seen) <= 4 * 10
