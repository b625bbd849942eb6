from __future__ import annotations

import numpy as np
import pytest
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.scoring import BootstrapAggregator

from recipe_lang.program.metrics import Rouge
from runtime.evaluate.metrics import rouge
from tests.evaluate.metrics.cases import make, prediction, predictions


@pytest.mark.parametrize("name", Rouge.calls())
@pytest.mark.parametrize("stemmer", [False, True])
def test_rows_are_rouge_scores_own(name: str, stemmer: bool):
    rows = predictions(1000, seed=1, references=3)
    one = make(f"{name}(stemmer = {str(stemmer).lower()})")
    scorer = RougeScorer([name], use_stemmer=stemmer)

    expected = [scorer.score_multi(p.expected, p.answer)[name] for p in rows]

    found = one.statistics(rows)
    assert [(s.fmeasure, s.precision, s.recall) for s in expected] == [tuple(row) for row in found.tolist()]


def test_figure_is_the_mean_that_rouge_score_aggregates():
    rows = predictions(300, seed=2)
    aggregator = BootstrapAggregator(n_samples=2)
    for p in rows:
        aggregator.add_scores(RougeScorer(["rouge2"]).score(p.expected[0], p.answer))
    one = make("rouge2")

    exact = np.mean([RougeScorer(["rouge2"]).score(p.expected[0], p.answer)["rouge2"].fmeasure for p in rows])

    assert exact == pytest.approx(one.point(one.statistics(rows)), abs=1e-12)


@pytest.mark.parametrize(
    "text", ["наука и жизнь", "你好世界", "日本語の テスト", "안녕하세요 세계", "नमस्ते दुनिया", "สวัสดีครับ", "שלום עולם"]
)
def test_unicode_tokenizer_scores_text_of_any_script(text: str):
    assert make("rouge1").statistics([prediction(text, text)])[0, 0] == 0.0
    assert make("rouge1(tokenizer = unicode)").statistics([prediction(text, text)])[0, 0] == 1.0


def test_unicode_tokenizer_agrees_with_the_default_one_on_plain_english():
    texts = ["The cat sat on the mat.", "it's 3.14, isn't it?", "state-of-the-art", ""]

    for text in texts:
        assert rouge._tokenizer(False, "default").tokenize(text) == rouge.words(text)


def test_words_of_unspaced_scripts_are_characters_with_their_marks():
    assert rouge.words("我们 ran 3 km") == ["我", "们", "ran", "3", "km"]
    assert rouge.words("がく") == ["が", "く"]
    assert rouge.words("กำลัง") == ["กำ", "ลั", "ง"] or rouge.words("กำลัง") == ["ก", "ำ", "ลั", "ง"]
    assert rouge.words("नमस्ते, दुनिया!") == ["नमस्ते", "दुनिया"]


def test_signature_states_tool_version_and_options():
    from importlib.metadata import version

    shown = make("rougeLsum(stemmer = true, stat = recall)").signature([])

    assert (
        f"rougeLsum|stat:recall|stem:yes|tok:default|refs:max|split:newline|tool:rouge-score|version:{version('rouge-score')}"
        == shown
    )


def test_rows_that_are_not_seen_whole_are_counted():
    rows = [prediction("", "你好"), prediction("", "hello"), prediction("", " "), prediction("", "42", "привет")]
    rows += [prediction("", text) for text in ("2005年 GDP 增长了", "está", "He runs.", "he runs", "+")]

    assert make("rouge1").blind(rows) == 5
    assert make("rouge1(stemmer = true)").blind(rows) == 5
    assert make("rouge1(tokenizer = unicode)").blind(rows) == 1
