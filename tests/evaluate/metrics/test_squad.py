"""Against the functions of SQuAD's own `evaluate-v1.1.py` (Rajpurkar et al., MIT licence), kept here word for word."""

from __future__ import annotations

import random
import re
import string
import sys
import unicodedata
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

    rows = [p for p in rows if all(map(normalize_answer, p.expected))]  # of what is left of the others, see below
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

    rows = [p for p in rows if all(map(normalize_answer, p.expected))]
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


@pytest.mark.parametrize(
    ("answer", "reference", "right"),
    [("A", "A", 1), ("a.", "A", 0), ("", "A", 0), ("The", "A", 0), ("+", "+", 1), ("-", "+", 0), (" ?\n", "?", 1)],
)
def test_what_a_text_is_made_of_alone_is_not_dropped(answer: str, reference: str, right: int):
    """SQuAD's own script takes all of these for right."""
    for name in ("exact_match", "f1"):
        assert make(name).statistics([prediction(answer, reference)])[0, 0] == right


MLQA_PUNCTUATION = {chr(i) for i in range(sys.maxunicode) if unicodedata.category(chr(i)).startswith("P")}.union(
    string.punctuation
)
MLQA_ARTICLES = {
    "en": r"\b(a|an|the)\b",
    "es": r"\b(un|una|unos|unas|el|la|los|las)\b",
    "vi": r"\b(của|là|cái|chiếc|những)\b",
    "de": r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "ar": r"\sال^|ال",
}


def mlqa_normalize_answer(s, lang):
    """`mlqa_evaluation_v1.py` (Lewis et al. 2020), its branches by language as a table."""

    def mixed_segmentation(text):
        segs_out = []
        temp_str = ""
        for char in text:
            if re.search(r"[\u4e00-\u9fa5]", char) or char in MLQA_PUNCTUATION:
                if temp_str != "":
                    segs_out.extend(temp_str.split())
                    temp_str = ""
                segs_out.append(char)
            else:
                temp_str += char
        if temp_str != "":
            segs_out.extend(temp_str.split())
        return segs_out

    text = "".join(ch for ch in s.lower() if ch not in MLQA_PUNCTUATION)
    text = re.sub(MLQA_ARTICLES[lang], " ", text) if lang in MLQA_ARTICLES else text
    tokens = mixed_segmentation(text) if lang == "zh" else text.split()
    return " ".join(t for t in tokens if t.strip() != "")


@pytest.mark.parametrize("language", ["ar", "de", "en", "es", "hi", "vi", "zh"])
def test_rows_are_what_mlqa_computes(language: str):
    extra = ["der Hund", "«la casa»", "البيت الكبير", "của tôi", "“引号”，北京大学。", "भारत।", "2005年 GDP 增长了"]
    rng = random.Random(language)
    rows = [p for p in predictions(600, seed=13, references=2) if p.answer]
    rows += [prediction(rng.choice(extra) + rng.choice(["", " ja"]), rng.choice(extra)) for _ in range(400)]
    rows = [p for p in rows if all(mlqa_normalize_answer(r, language) for r in p.expected)]

    for name in ("exact_match", "f1"):
        expected = [max(mlqa_score(name, p.answer, r, language) for r in p.expected) for p in rows]
        found = make(f"{name}(normalize = mlqa_{language})").statistics(rows)[:, 0]
        assert expected == pytest.approx(found.tolist(), abs=1e-12)
        assert 0 < sum(expected) < len(rows)


def mlqa_score(name: str, answer: str, reference: str, language: str) -> float:
    words, wanted = (mlqa_normalize_answer(text, language).split() for text in (answer, reference))
    if name == "exact_match":
        return float(words == wanted)
    same = (Counter(words) & Counter(wanted)).total()
    return 2 * same / (len(words) + len(wanted)) if same else 0.0


def test_case_counts_and_patterns_are_left_out_as_the_recipe_says():
    """The options of the same names in lm-evaluation-harness."""
    rows = [prediction("$5.", "5"), prediction("Yes", "yes"), prediction("the YES!", "YES")]
    found = {
        call: make(call).statistics(rows)[:, 0].tolist()
        for call in (
            "exact_match(normalize = none)",
            'exact_match(normalize = none, ignore = ["[$]", "[.]$"])',
            "exact_match(normalize = none, case = false)",
            "exact_match(case = true)",
        )
    }

    assert list(found.values()) == [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 1]]
    assert len({make(call).signature([]) for call in found}) == 4


def test_rows_whose_references_are_not_seen_whole_are_counted():
    def blind(call: str, *references: str) -> int:
        return make(call).blind([prediction("", text) for text in references])

    assert blind("exact_match", "A", "B", "A", "+") == 3
    assert blind("exact_match", "-3", "3", "1.5", "15", "4") == 4
    assert blind("exact_match", "The cat", "cat", "Cat.", "Paris") == 0
    assert blind("exact_match(normalize = none)", "A", "-3", "3") == 0
    assert blind("exact_match(normalize = mlqa_de)", "der Hund", "Hund") == 0
