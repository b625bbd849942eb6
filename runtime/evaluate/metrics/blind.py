"""Rows whose references a metric does not see whole: it would take a wrong answer to them for a right one, or no answer
for any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

from recipe_lang.program.predictions import Prediction


def unseen(
    predictions: Sequence[Prediction],
    normal: Callable[[str], Hashable],
    plain: Callable[[str], Hashable],
    lost: Callable[[str], bool] = lambda text: False,
) -> int:
    """How many rows have a reference of which nothing is left, of which letters are lost, or that is equal to another
    one of the task that says something else.

    `normal` is what the metric compares; texts that differ in `plain` say different things.
    """
    meanings: dict[Hashable, set[Hashable]] = defaultdict(set)
    for text in {text for p in predictions for text in p.expected}:
        meanings[normal(text)].add(plain(text))
    return sum(
        any(text.strip() and (not normal(text) or lost(text) or len(meanings[normal(text)]) > 1) for text in p.expected)
        for p in predictions
    )
