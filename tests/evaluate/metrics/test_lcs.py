from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rouge_score import rouge_scorer

from runtime.evaluate.metrics import lcs

words = st.lists(st.sampled_from("abcde"), max_size=90)


@given(words, words)
def test_length_and_places_are_rouge_scores(first: list[str], second: list[str]):
    assert rouge_scorer.lcs_ind(first, second) == lcs.places(first, second)
    assert len(lcs.places(first, second)) == lcs.length(first, second)


@given(st.lists(words, max_size=4), st.lists(words, max_size=4))
def test_hits_over_sentences_are_rouge_scores(references: list[list[str]], answers: list[list[str]]):
    score = rouge_scorer._summary_level_lcs(references, answers)

    if any(references) and any(answers):
        assert score.recall == lcs.summary_hits(references, answers) / sum(map(len, references))
