"""Exact match and F1 as SQuAD 1.1 defines them (Rajpurkar et al. 2016, `evaluate-v1.1.py`).

Texts are lower-cased, stripped of ASCII punctuation and of the articles a, an and the, and white space is joined;
the best of several references counts. A text of which nothing would be left, such as `A` or `+`, is compared as it is:
by SQuAD's own script any other such text, and no answer at all, would be right.

`mlqa_…` is MLQA's normalisation (Lewis et al. 2020, `mlqa_evaluation_v1.py`): punctuation of every script, and articles
of the language. `none` compares the texts as they are, white space at the ends aside, and F1 over words split at white
space. `words = "set"` counts each word once, as HELM does (Liang et al. 2023, `evaluate_reference_metrics.py`).
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial

import numpy as np

from recipe_lang.program.metrics import ExactMatch, WordF1
from recipe_lang.program.predictions import Prediction
from runtime.evaluate.metrics.blind import unseen
from runtime.evaluate.metrics.metric import Metric, best_of, first, mean, sign
from runtime.evaluate.patterns import without

VERSION = "2"
"""Of these definitions, in every signature: raised when one changes."""

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = {
    "ar": r"\sال^|ال",
    "de": r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "en": r"\b(a|an|the)\b",
    "es": r"\b(un|una|unos|unas|el|la|los|las)\b",
    "vi": r"\b(của|là|cái|chiếc|những)\b",
}
_CHINESE = re.compile("([\u4e00-\u9fa5])")


def squad(call: ExactMatch | WordF1) -> Metric:
    normal = partial(_normal, call)
    compare = partial(_overlap, set if call.words == "set" else list) if isinstance(call, WordF1) else _exact
    options = {name: value for name, value in call.options.items() if value not in (None, [])}

    def statistics(predictions: Sequence[Prediction]) -> np.ndarray:
        return np.array([[_best(p, compare, normal)] for p in predictions], dtype=np.float64).reshape(-1, 1)

    return Metric(
        call=call,
        averaged="mean over rows, the best of several references",
        statistics=statistics,
        value=mean,
        rows=first,
        signature=lambda _: sign(
            call.kind, "ift", VERSION, **options | {"normalize": call.normalize or "none"}, refs="max"
        ),
        blind=partial(unseen, normal=partial(_dropped, call), plain=partial(_plain, call)),
    )


def _normal(call: ExactMatch, text: str) -> str:
    """What is compared: never nothing, where there was something."""
    return _dropped(call, text) or _cased(call, text.strip())


def _dropped(call: ExactMatch, text: str) -> str:
    """The text without what the metric ignores."""
    text, language = _cased(call, _without_ignored(call, text)), _language(call)
    if call.normalize is None:
        return text.strip()
    if call.normalize == "squad":
        return _without_articles("en", text.translate(_PUNCTUATION))
    text = "".join(character for character in text if not _punctuation(character))
    return _without_articles(language, _CHINESE.sub(r" \1 ", text) if language == "zh" else text)


def _without_ignored(call: ExactMatch, text: str) -> str:
    for pattern in call.ignore:
        text = without(pattern, text)
    return text


def _language(call: ExactMatch) -> str:
    return "en" if call.normalize in (None, "squad") else call.normalize.removeprefix("mlqa_")


def _cased(call: ExactMatch, text: str) -> str:
    return text if call.case or (call.case is None and call.normalize is None) else text.lower()


def _without_articles(language: str, text: str) -> str:
    """White space joined.

    >>> _without_articles("en", "the eiffeltower  in paris")
    'eiffeltower in paris'
    """
    if language in _ARTICLES:
        text = re.sub(_ARTICLES[language], " ", text, flags=re.IGNORECASE)
    return " ".join(text.split())


@lru_cache(maxsize=65536)
def _punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")


def _plain(call: ExactMatch, text: str) -> str:
    """Two texts that differ in this say different things: all but case, articles, what the recipe ignores, and
    punctuation at the ends."""
    return _without_articles(_language(call), _without_ignored(call, text).lower()).strip(
        ".,;:!?\"'()[]„“”‘’«»¿¡。，、；：！？（）「」『』 "
    )


def _best(prediction: Prediction, compare: Callable[[str, str], float], normal: Callable[[str], str]) -> float:
    if prediction.answer is None:
        return 0.0
    answer = normal(prediction.answer)
    return best_of([compare(answer, normal(reference)) for reference in prediction.expected])


def _exact(answer: str, reference: str) -> float:
    return float(answer == reference)


def _overlap(collect: Callable[[list[str]], Iterable[str]], answer: str, reference: str) -> float:
    """Harmonic mean of precision and recall over the words of a bag or set; 0 where the two share nothing."""
    words, wanted = Counter(collect(answer.split())), Counter(collect(reference.split()))
    same = (words & wanted).total()
    return 0.0 if same == 0 else 2 * same / (words.total() + wanted.total())
