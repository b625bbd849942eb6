"""Against the functions of SQuAD's own `evaluate-v1.1.py` (Rajpurkar et al., MIT licence), kept here word for word."""

from __future__ import annotations

import re
import string
from collections import Counter

import pytest

from tests.evaluate.metrics.cases import make, prediction, predictions


def normalize_answer(s):
    def remove_articles(text):
        return re.sub(r"\b(a|an|the)\b", " ", text)

    def white_space_fix(text):
        return " ".join(text.split())

    def remove_punc(text):
        exclude = set(string.punctuation)
        return "".join(ch for ch in text if ch not in exclude)

    def lower(text):
        return text.lower()

    return white_space_fix(remove_articles(remove_punc(lower(s))))


def f1_score(prediction, ground_truth):
    prediction_tokens = normalize_answer(prediction).split()
    ground_truth_tokens = normalize_answer(ground_truth).split()
    common = Counter(prediction_tokens) & Counter(ground_truth_tokens)
    num_same = sum(common.values())
    if num_same == 0:
        return 0
    precision = 1.0 * num_same / len(prediction_tokens)
    recall = 1.0 * num_same / len(ground_truth_tokens)
    return (2 * precision * recall) / (precision + recall)


def exact_match_score(prediction, ground_truth):
    return normalize_answer(prediction) == normalize_answer(ground_truth)


@pytest.mark.parametrize(("name", "reference"), [("exact_match", exact_match_score), ("f1", f1_score)])
def test_rows_are_what_squad_computes(name: str, reference):
    rows = predictions(2000, seed=11, references=3)

    expected = [max(float(reference(p.answer, r)) for r in p.expected) for p in rows]

    assert expected == pytest.approx(make(name).statistics(rows)[:, 0].tolist(), abs=1e-12)
    assert 0 < sum(expected) < len(rows)


def test_words_of_a_set_count_once_as_in_helm():
    """HELM's `f1_score` is NLTK's `f_measure` of the sets of normalized words."""
    rows = predictions(2000, seed=12, references=3)

    def of_sets(gold: str, answer: str) -> float:
        wanted, words = set(normalize_answer(gold).split()), set(normalize_answer(answer).split())
        if not wanted or not words or not wanted & words:
            return 0.0
        precision, recall = len(wanted & words) / len(words), len(wanted & words) / len(wanted)
        return 1 / (0.5 / precision + 0.5 / recall)

    expected = [max(of_sets(reference, p.answer) for reference in p.expected) for p in rows]

    assert expected == pytest.approx(make("f1(words = set)").statistics(rows)[:, 0].tolist(), abs=1e-12)
    assert make("f1(words = set)").statistics([prediction("no no no", "no")])[0, 0] == 1.0
    assert make("f1").statistics([prediction("no no no", "no")])[0, 0] == 0.5
    assert make("f1(words = set)").signature([]) != make("f1").signature([])


def test_unmatched_answer_is_wrong_even_where_nothing_is_right():
    assert make("exact_match").statistics([prediction(None, "")])[0, 0] == 0.0
    assert make("exact_match").statistics([prediction("", "")])[0, 0] == 1.0


def test_texts_can_be_compared_as_they_are():
    strict = make("exact_match(normalize = none)")

    assert strict.statistics([prediction("The cat", "the cat"), prediction(" cat\n", "cat")])[:, 0].tolist() == [
        0.0,
        1.0,
    ]
