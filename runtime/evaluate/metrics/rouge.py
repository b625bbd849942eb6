"""ROUGE-N, ROUGE-L and ROUGE-Lsum (Lin 2004) through `rouge-score`.

The figure is the mean over rows of F1 (or of precision or recall, by `stat`); of several references the one with
the highest F1 counts, as `RougeScorer.score_multi` does it. ROUGE-Lsum splits sentences at newlines.

`rouge-score`'s own tokenizer keeps a to z and 0 to 9 alone: text in any other script has no tokens and scores 0.
`tokenizer = "unicode"` keeps words of every script (`words`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np

from runtime.evaluate.metrics.metric import Metric, Options, mean, sign
from runtime.evaluate.metrics.parallel import over_rows
from runtime.evaluate.predictions import Prediction

NAMES = ("rouge1", "rouge2", "rougeL", "rougeLsum")
OPTIONS = {"stat": "f1", "stemmer": False, "tokenizer": "default"}
CHOICES = {"stat": ("f1", "precision", "recall"), "tokenizer": ("default", "unicode")}
_COLUMN = {"f1": 0, "precision": 1, "recall": 2}

_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "BOPOMOFO", "YI ")
"""Beginnings of the Unicode names of characters whose scripts put no spaces between words."""


def rouge(name: str, options: Options) -> Metric:
    stat, stemmer, tokenizer = str(options["stat"]), bool(options["stemmer"]), str(options["tokenizer"])
    column = _COLUMN[stat]

    def statistics(predictions: Sequence[Prediction]) -> np.ndarray:
        """(rows, 3): F1, precision, recall."""
        pairs = [(p.expected, p.answer or "") for p in predictions]
        scored = over_rows(_score_pairs, pairs, (name, stemmer, tokenizer))
        return np.array(scored, dtype=np.float64).reshape(len(pairs), 3)

    def signature(_: Sequence[Prediction]) -> str:
        from importlib.metadata import version

        split = {"split": "newline"} if name == "rougeLsum" else {}
        return sign(
            name, "rouge-score", version("rouge-score"), stat=stat, stem=stemmer, tok=tokenizer, refs="max", **split
        )

    def blind(predictions: Sequence[Prediction]) -> int:
        tokens = _tokenizer(stemmer, tokenizer).tokenize
        return sum(any(text.strip() and not tokens(text) for text in p.expected) for p in predictions)

    return Metric(
        name=name,
        better="more",
        low=0.0,
        high=1.0,
        averaged=f"mean over rows of {stat}, the best of several references",
        statistics=statistics,
        value=lambda found, weights: mean(found[:, column:], weights),
        rows=lambda found: found[:, column],
        signature=signature,
        blind=blind,
        details=lambda found: dict(
            zip(("f1", "precision", "recall"), map(float, found.mean(axis=0)), strict=True) if len(found) else ()
        ),
    )


def _score_pairs(pairs: Sequence[tuple[Sequence[str], str]], arguments: tuple[str, bool, str]) -> list:
    scorer = _scorer(*arguments)
    scores = (scorer.score_multi(references or [""], text)[arguments[0]] for references, text in pairs)
    return [(s.fmeasure, s.precision, s.recall) for s in scores]


@cache
def _scorer(name: str, stemmer: bool, tokenizer: str):
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer([name], tokenizer=_tokenizer(stemmer, tokenizer))


@cache
def _tokenizer(stemmer: bool, tokenizer: str) -> Remembering:
    """One for all ROUGE types, so that the same text is taken apart once for all of them."""
    if tokenizer == "default":
        from rouge_score.tokenizers import DefaultTokenizer

        return Remembering(DefaultTokenizer(stemmer).tokenize)
    if not stemmer:
        return Remembering(words)
    from nltk.stem.porter import PorterStemmer

    stem = PorterStemmer().stem
    return Remembering(lambda text: [stem(w) if len(w) > 3 and w.isascii() else w for w in words(text)])


class Remembering:
    """A tokenizer as `RougeScorer` takes it, which keeps the tokens of the last texts it saw."""

    def __init__(self, tokenize) -> None:
        self.tokenize = lru_cache(maxsize=4096)(tokenize)


def words(text: str) -> list[str]:
    """Lower-cased words of any script: runs of letters, marks and digits, each character of unspaced scripts alone."""
    found: list[str] = []
    run: list[str] = []
    for character in unicodedata.normalize("NFC", text).casefold():
        kind = _kind(character)
        if kind == "word" or (kind == "mark" and run):
            run.append(character)
            continue
        if run:
            found.append("".join(run))
            run = []
        if kind == "alone":
            found.append(character)
        elif kind == "mark" and found:
            found[-1] += character
    if run:
        found.append("".join(run))
    return found


@lru_cache(maxsize=65536)
def _kind(character: str) -> str:
    """`word`, `alone` (a word by itself), `mark` (belongs to what stands before it) or `gap`."""
    category = unicodedata.category(character)
    if category[0] == "M":
        return "mark"
    if category[0] not in "LN":
        return "gap"
    return "alone" if unicodedata.name(character, "").startswith(_UNSPACED) else "word"
