"""ROUGE-N, ROUGE-L and ROUGE-Lsum (Lin 2004) as `rouge-score` computes them, with its tokens and its n-grams.

The figure is the mean over rows of F1 (or of precision or recall, by `stat`); of several references the one with
the highest F1 counts, as `RougeScorer.score_multi` does it. ROUGE-Lsum splits sentences at newlines.

`rouge-score`'s own tokenizer keeps a to z and 0 to 9 alone: text in any other script has no tokens and scores 0.
`tokenizer = unicode` keeps words of every script (`words`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from sys import intern

import numpy as np

from recipe_lang.program.metrics import Rouge
from recipe_lang.program.predictions import Prediction
from runtime.evaluate.metrics import lcs
from runtime.evaluate.metrics.blind import unseen
from runtime.evaluate.metrics.metric import Metric, mean, sign

_COLUMN = {"f1": 0, "precision": 1, "recall": 2}

_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "BOPOMOFO", "YI ")
"""Beginnings of the Unicode names of characters whose scripts put no spaces between words."""


def rouge(call: Rouge) -> Metric:
    name, stat, stemmer, tokenizer = call.kind, call.stat, call.stemmer, call.tokenizer
    column = _COLUMN[stat]

    def statistics(predictions: Sequence[Prediction]) -> np.ndarray:
        """(rows, 3): F1, precision, recall."""
        tokens = _tokenizer(stemmer, tokenizer)
        scored = [
            max(
                (_score(name, tokens, reference, p.answer or "") for reference in p.expected or [""]),
                key=lambda s: s[0],
            )
            for p in predictions
        ]
        return np.array(scored, dtype=np.float64).reshape(len(scored), 3)

    def signature(_: Sequence[Prediction]) -> str:
        from importlib.metadata import version

        split = {"split": "newline"} if name == "rougeLsum" else {}
        return sign(
            name, "rouge-score", version("rouge-score"), stat=stat, stem=stemmer, tok=tokenizer, refs="max", **split
        )

    def blind(predictions: Sequence[Prediction]) -> int:
        def tokens(kind: str) -> Callable[[str], tuple[str, ...]]:
            return lambda text: tuple(_tokenizer(stemmer, kind).tokenize(text))

        return unseen(
            predictions, tokens(tokenizer), tokens("unicode"), _drops_letters if tokenizer == "default" else _keeps
        )

    return Metric(
        call=call,
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


def _drops_letters(text: str) -> bool:
    return not text.isascii() and any(character.isalnum() and not character.isascii() for character in text)


def _keeps(text: str) -> bool:
    return False


Score = tuple[float, float, float]
"""F1, precision, recall."""


def _score(name: str, tokenizer: Remembering, reference: str, text: str) -> Score:
    if not name.startswith("rougeL"):
        score = _scorer(name, tokenizer).score(reference, text)[name]
        return score.fmeasure, score.precision, score.recall
    if name == "rougeL":
        wanted, given = tokenizer.tokenize(reference), tokenizer.tokenize(text)
        return _of_lengths(lcs.length(wanted, given), len(wanted), len(given))
    sides = [[tokenizer.tokenize(line) for line in side.split("\n") if line] for side in (reference, text)]
    return _of_lengths(lcs.summary_hits(*sides), *(sum(map(len, side)) for side in sides))


def _of_lengths(hits: int, wanted: int, given: int) -> Score:
    if not wanted or not given:
        return 0.0, 0.0, 0.0
    from rouge_score.scoring import fmeasure

    precision, recall = hits / given, hits / wanted
    return fmeasure(precision, recall), precision, recall


@cache
def _scorer(name: str, tokenizer: Remembering):
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer([name], tokenizer=tokenizer)


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
    """A tokenizer as `RougeScorer` takes it, which keeps the tokens of the last texts; equal words are held once."""

    def __init__(self, tokenize: Callable[[str], list[str]]) -> None:
        self.tokenize = lru_cache(maxsize=32768)(lambda text: [intern(token) for token in tokenize(text)])


def words(text: str) -> list[str]:
    """Lower-cased words of any script: runs of letters, marks and digits, each character of unspaced scripts alone.

    >>> words("Größe: 3 km, 東京")
    ['grösse', '3', 'km', '東', '京']
    """
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
