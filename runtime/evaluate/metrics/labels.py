"""Figures of classification: accuracy, length-normalised accuracy, macro-F1 and Matthews' correlation.

The answer is the likeliest choice, or what a generating task's text says. White space at the ends does not count, but
where it alone tells a row's choices apart. Accuracy accepts any of several references; macro-F1 and Matthews compare
with the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import bad_metric_option
from recipe_lang.program.metrics import Accuracy, Classes, Matthews, NormalizedAccuracy
from recipe_lang.program.predictions import Choice, Prediction
from runtime.evaluate.metrics.metric import Metric, first, from_sums, mean, sign

VERSION = "1"
"""Of these definitions, in every signature: raised when one changes."""

OTHER = "\0other"
"""Stands for answers that are no label of the data."""


def accuracy(call: Accuracy | NormalizedAccuracy) -> Metric:
    """Share of rows whose answer is a reference; normalised: the choice with the best log-likelihood per length.

    Per group: share of groups of which all rows are right, as MultiRC's exact match (Khashabi et al. 2018).
    """
    by = call.by if isinstance(call, NormalizedAccuracy) else "sum"

    def right(prediction: Prediction) -> float:
        answer, wanted, bare = prediction.answer, prediction.expected, _bare(prediction.choices)
        if by != "sum" and prediction.choices:
            answer, wanted = prediction.choices[likeliest(prediction.choices, by)].text, prediction.references
        return float(answer is not None and bare(answer) in map(bare, wanted))

    by_row = Metric(
        call=call,
        averaged="mean over rows",
        statistics=lambda predictions: np.array([[right(p)] for p in predictions], dtype=np.float64).reshape(-1, 1),
        value=mean,
        rows=first,
        signature=lambda _: sign(call.kind, "ift", VERSION, **({} if by == "sum" else {"by": by})),
        counts_tokens=by == "tokens",
    )
    return _per_group(by_row) if isinstance(call, Accuracy) and call.per == "group" else by_row


def _per_group(by_row: Metric) -> Metric:
    """Each row has whether it is right and the number of its group, so that groups are put together from whichever rows
    are at hand: all, a slice's, a resample's.
    """

    def statistics(predictions: Sequence[Prediction]) -> np.ndarray:
        groups: dict[tuple[int, str, str], int] = {}
        numbers = [groups.setdefault((p.draw, p.template, p.group), len(groups)) for p in predictions]
        return np.column_stack([by_row.statistics(predictions)[:, 0], numbers])

    def whole(found: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Whether each group is right, its first row, and the group of each row."""
        _, first_rows, group = np.unique(found[:, 1], return_index=True, return_inverse=True)
        right = np.ones(len(first_rows))
        np.minimum.at(right, group, found[:, 0])
        return right, first_rows, group

    def value(found: np.ndarray, weights: np.ndarray) -> np.ndarray:
        right, first_rows, _ = whole(found)
        drawn = weights[:, first_rows]
        return (drawn @ right) / drawn.sum(axis=1)

    def rows(found: np.ndarray) -> np.ndarray:
        right, _, group = whole(found)
        return right[group]

    return replace(
        by_row,
        averaged="mean over groups",
        statistics=statistics,
        value=value,
        rows=rows,
        signature=lambda _: sign(by_row.call.kind, "ift", VERSION, per="group"),
    )


def likeliest(choices: Sequence[Choice], by: str = "sum") -> int:
    """Position of the choice with the highest log-likelihood, over its length in `by`; the first of equals.

    >>> choices = [Choice("no", -2.0, tokens=1), Choice("certainly", -4.5, tokens=3)]
    >>> likeliest(choices), likeliest(choices, by="characters")  # -2 against -4.5; -1 against -0.5
    (0, 1)
    """
    lengths = {
        "sum": lambda choice: 1,
        "characters": lambda choice: len(choice.text),
        "bytes": lambda choice: len(choice.text.encode()),
        "tokens": lambda choice: choice.tokens,
    }[by]
    scores = [choice.logprob / max(lengths(choice), 1) for choice in choices]
    return int(np.argmax(scores))


def classes(call: Classes | Matthews) -> Metric:
    """Macro-F1 (mean of the F1 of each class that stands in references or answers) and Matthews (Gorodkin 2004).

    `only` names the one class whose F1 is meant, as GLUE scores MRPC and QQP. Classes are the labels in the references
    and the row's choices; an answer that is none of them is one more.
    """
    name = call.kind
    only = call.only if isinstance(call, Classes) else None

    def statistics(predictions: Sequence[Prediction]) -> np.ndarray:
        """(rows, 1 + 2C): right or wrong, then one-hot reference, then one-hot answer; for F1 also the hits (C)."""
        labels = _labels(predictions)
        if only is not None and only not in labels and any(p.choices for p in predictions):
            raise Stop(bad_metric_option("only", only, name, labels[:-1]))
        position = {label: i for i, label in enumerate(labels)}
        found = np.zeros((len(predictions), 1 + 2 * len(labels)))
        for row, prediction in enumerate(predictions):
            wanted = position[_first(prediction)]
            given = OTHER if prediction.answer is None else _bare(prediction.choices)(prediction.answer)
            answer = position.get(given, position[OTHER])
            found[row, [1 + wanted, 1 + len(labels) + answer]] = 1
            found[row, 0] = wanted == answer
        if only is not None:
            found = found[:, [0, *(1 + position[only] + i * len(labels) for i in range(2) if only in position)]]
        return _with_hits(found, (found.shape[1] - 1) // 2) if name == "macro_f1" else found

    return Metric(
        call=call,
        averaged="over all rows" if name == "mcc" or only else "mean over classes of the F1 over all rows",
        statistics=statistics,
        value=from_sums(_matthews if name == "mcc" else _macro_f1),
        rows=first,
        signature=lambda _: sign(name, "ift", VERSION, **({} if name == "mcc" else {"labels": only or "present"})),
    )


def _first(prediction: Prediction) -> str:
    return _bare(prediction.choices)(prediction.expected[0]) if prediction.expected else ""


def _bare(choices: Sequence[Choice]) -> Callable[[str], str]:
    """Takes white space off an answer's ends, unless two of the choices would become one."""
    texts = {choice.text for choice in choices}
    return str.strip if len({text.strip() for text in texts}) == len(texts) else str


def _labels(predictions: Sequence[Prediction]) -> list[str]:
    """Where an `answer` rule reads the choices, the classes are what it finds in the references."""
    offered = ((_bare(p.choices), p.choices) for p in predictions if p.expected == p.references)
    known = {_first(p) for p in predictions} | {bare(choice.text) for bare, choices in offered for choice in choices}
    return [*sorted(known), OTHER]


def _with_hits(found: np.ndarray, count: int) -> np.ndarray:
    """Adds, for each class, whether it was wanted and answered."""
    return np.concatenate([found, found[:, 1 : 1 + count] * found[:, 1 + count :]], axis=1)


def _macro_f1(sums: np.ndarray) -> np.ndarray:
    count = (sums.shape[-1] - 1) // 3
    wanted, answered, hits = (sums[..., 1 + i * count : 1 + (i + 1) * count] for i in range(3))
    total = wanted + answered
    present = total > 0
    scores = np.divide(2 * hits, total, out=np.zeros_like(hits), where=present)
    return scores.sum(axis=-1) / np.maximum(present.sum(axis=-1), 1)


def _matthews(sums: np.ndarray) -> np.ndarray:
    count = (sums.shape[-1] - 1) // 2
    right, wanted, answered = sums[..., 0], sums[..., 1 : 1 + count], sums[..., 1 + count :]
    rows = wanted.sum(axis=-1)
    covariance = right * rows - (wanted * answered).sum(axis=-1)
    spread = (rows**2 - (answered**2).sum(axis=-1)) * (rows**2 - (wanted**2).sum(axis=-1))
    return np.divide(
        covariance, np.sqrt(np.maximum(spread, 0)), out=np.zeros_like(covariance), where=spread > 1e-12 * rows**4
    )
