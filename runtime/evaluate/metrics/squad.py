"""Exact match and F1 as SQuAD 1.1 defines them (Rajpurkar et al. 2016, `evaluate-v1.1.py`).

Texts are lower-cased, stripped of ASCII punctuation and of the articles a, an and the, and white space is joined;
the best of several references counts. `normalize = "none"` compares the texts as they are, white space at the ends
aside, and F1 over words split at white space. `words = "set"` counts each word once, as HELM does (Liang et al. 2023,
`evaluate_reference_metrics.py`).
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from recipe_lang.program.metrics import ExactMatch, WordF1
from recipe_lang.program.predictions import Prediction
from runtime.evaluate.metrics.metric import Metric, best_of, first, mean, sign

VERSION = "1"
"""Of these definitions, in every signature: raised when one changes."""

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def squad(call: ExactMatch | WordF1) -> Metric:
    normalize = normalized if call.normalize == "squad" else str.strip
    compare = partial(_overlap, set if call.words == "set" else list) if isinstance(call, WordF1) else _exact
    options = {name: value or "none" for name, value in call.options.items()}

    def statistics(predictions: Sequence[Prediction]) -> np.ndarray:
        return np.array([[_best(p, compare, normalize)] for p in predictions], dtype=np.float64).reshape(-1, 1)

    return Metric(
        name=call.kind,
        better="more",
        low=0.0,
        high=1.0,
        averaged="mean over rows, the best of several references",
        statistics=statistics,
        value=mean,
        rows=first,
        signature=lambda _: sign(call.kind, "ift", VERSION, **options, refs="max"),
        right_or_wrong=call.kind == "exact_match",
    )


def normalized(text: str) -> str:
    """Lower-cased, without punctuation and articles, white space joined; in SQuAD's order.

    >>> normalized("The  Eiffel-Tower, in Paris!")
    'eiffeltower in paris'
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def _best(prediction: Prediction, compare: Callable[[str, str], float], normalize: Callable[[str], str]) -> float:
    if prediction.answer is None:
        return 0.0
    answer = normalize(prediction.answer)
    return best_of([compare(answer, normalize(reference)) for reference in prediction.expected])


def _exact(answer: str, reference: str) -> float:
    return float(answer == reference)


def _overlap(collect: Callable[[list[str]], Iterable[str]], answer: str, reference: str) -> float:
    """Harmonic mean of precision and recall over the words of a bag or set; 0 where the two share nothing."""
    words, wanted = Counter(collect(answer.split())), Counter(collect(reference.split()))
    same = (words & wanted).total()
    return 0.0 if same == 0 else 2 * same / (words.total() + wanted.total())
