"""BLEU, chrF and TER through `sacrebleu` (Post 2018), as shares of one.

Corpus figures: statistics are summed over rows and the score is computed from the sums, by sacrebleu's own code,
on every resample too. Rows' own scores are the same formula on one row. Signatures are sacrebleu's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recipe_lang.program.metrics import Bleu, Chrf, Ter
from recipe_lang.program.predictions import Prediction
from runtime.evaluate.metrics.metric import Metric, from_sums


def translation(call: Bleu | Chrf | Ter) -> Metric:
    name, options = call.kind, call.options

    def scorer() -> Any:
        from sacrebleu.metrics import BLEU, CHRF, TER

        if name == "bleu":
            return BLEU(**options, force=True)
        return {"chrf": CHRF, "ter": TER}[name](**options)

    def statistics(predictions: Sequence[Prediction]) -> np.ndarray:
        """(rows, k): the counts that sacrebleu sums over a corpus."""
        if not predictions:
            return np.zeros((0, 1))
        found = scorer()._extract_corpus_statistics([p.answer or "" for p in predictions], _references(predictions))
        return np.array(found, dtype=np.float64)

    def value(sums: np.ndarray) -> np.ndarray:
        score = scorer()._compute_score_from_stats
        found = np.array([score(row.tolist()).score / 100 for row in sums])
        # A perfect text has 100 and some last bits.
        return np.clip(found, *call.ends)

    def signature(predictions: Sequence[Prediction]) -> str:
        used = scorer()
        used._cache_references(_references(predictions))
        return f"{name}|{used.get_signature()}|tool:sacrebleu"

    def details(found: np.ndarray) -> dict[str, float | list[float]]:
        score = scorer()._compute_score_from_stats(found.sum(axis=0).tolist())
        return {"brevity_penalty": score.bp, "precisions": [p / 100 for p in score.precisions]}

    return Metric(
        call=call,
        averaged="over the corpus, from summed counts",
        statistics=statistics,
        value=from_sums(value),
        rows=value,
        signature=signature,
        details=details if name == "bleu" else None,
    )


def _references(predictions: Sequence[Prediction]) -> list[list[str | None]]:
    """Streams as sacrebleu takes them: the n-th references of all rows, None where a row has fewer."""
    width = max((len(p.expected) for p in predictions), default=1)
    return [[p.expected[n] if n < len(p.expected) else None for p in predictions] for n in range(max(width, 1))]
