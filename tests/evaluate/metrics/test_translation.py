from __future__ import annotations

import json

import numpy as np
import pytest
import sacrebleu

from tests.evaluate.metrics.cases import make, prediction, predictions

OPTIONS = {
    "bleu": [
        {},
        {"tokenize": "char"},
        {"tokenize": "intl", "lowercase": True},
        {"smooth_method": "add-k"},
        {"tokenize": "zh"},
    ],
    "chrf": [{}, {"word_order": 2}, {"beta": 3, "lowercase": True, "whitespace": True}],
    "ter": [{}, {"normalized": True, "asian_support": True}, {"case_sensitive": True, "no_punct": True}],
}
CLASSES = {"bleu": sacrebleu.BLEU, "chrf": sacrebleu.CHRF, "ter": sacrebleu.TER}
CASES = [(name, options) for name, several in OPTIONS.items() for options in several]


def streams(rows):
    width = max(len(p.expected) for p in rows)
    return [[p.expected[i] if i < len(p.expected) else None for p in rows] for i in range(width)]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_corpus_figure_and_signature_are_sacrebleus(name: str, options: dict):
    rows = predictions(1000, seed=4, references=3)
    written = ", ".join(f"{option} = {json.dumps(value)}" for option, value in options.items())
    one = make(f"{name}({written})" if options else name)
    reference = CLASSES[name](**options)

    expected = reference.corpus_score([p.answer for p in rows], streams(rows))

    assert expected.score / 100 == pytest.approx(one.point(one.statistics(rows)), abs=1e-12)
    assert str(reference.get_signature()) in one.signature(rows)


@pytest.mark.parametrize("name", CLASSES)
def test_a_resample_is_the_corpus_of_its_rows(name: str):
    rows = predictions(60, seed=5)
    one = make(name)
    drawn = np.random.default_rng(0).integers(0, 60, (5, 60))
    weights = np.stack([np.bincount(row, minlength=60) for row in drawn]).astype(float)

    found = one.value(one.statistics(rows), weights)

    for indices, value in zip(drawn, found, strict=True):
        again = [rows[i] for i in indices]
        expected = CLASSES[name]().corpus_score([p.answer for p in again], streams(again)).score / 100
        assert expected == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("name", CLASSES)
def test_a_rows_score_is_the_corpus_of_one_row(name: str):
    rows = predictions(200, seed=6)
    one = make(name)

    expected = [CLASSES[name]().corpus_score([p.answer], [[p.expected[0]]]).score / 100 for p in rows]

    assert expected == pytest.approx(one.rows(one.statistics(rows)).tolist(), abs=1e-12)


def test_details_of_bleu_are_its_brevity_penalty_and_precisions():
    rows = predictions(200, seed=7)
    one = make("bleu")
    expected = sacrebleu.BLEU().corpus_score([p.answer for p in rows], streams(rows))

    details = one.details(one.statistics(rows))

    assert expected.bp == pytest.approx(details["brevity_penalty"])
    assert [p / 100 for p in expected.precisions] == pytest.approx(details["precisions"])


def test_nothing_written_at_all_has_a_figure():
    for name, value in (("bleu", 0.0), ("chrf", 0.0), ("ter", 1.0)):
        one = make(name)
        assert value == one.point(one.statistics([prediction("", "some words")]))


def test_a_perfect_text_is_one_and_never_more():
    """sacrebleu gives 100.00000000000004 for it."""
    for count in range(1, 60):
        rows = [
            prediction(f"{text} and {n} more words", f"{text} and {n} more words")
            for n, text in enumerate("ab" * count)
        ]
        for name in ("bleu", "chrf"):
            one = make(name)
            assert one.point(one.statistics(rows)) <= 1
            assert one.rows(one.statistics(rows)).max() <= 1
