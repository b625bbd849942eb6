"""Figures of the completion under the model, given the prompt: perplexity and token accuracy.

The stop token that closes it is counted as one of its tokens. Words are counted as lm-eval does it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from recipe_lang.program.metrics import Perplexity, TokenAccuracy
from recipe_lang.program.predictions import Prediction
from runtime.evaluate.metrics.metric import Metric, from_sums, sign

VERSION = "1"
"""Of these definitions, in every signature: raised when one changes."""


def likelihood(call: Perplexity | TokenAccuracy) -> Metric:
    """exp of the mean negative log-likelihood per unit, or the share of tokens that were the model's first choice."""
    accuracy = isinstance(call, TokenAccuracy)
    per = "token" if isinstance(call, TokenAccuracy) else call.per

    def units(prediction: Prediction) -> int:
        if per == "token":
            return prediction.likelihood.tokens
        text = prediction.likelihood.text
        return len(re.split(r"\s+", text)) if per == "word" else len(text.encode())

    def statistics(predictions: Sequence[Prediction]) -> np.ndarray:
        """(rows, 2): right tokens or nats, and units."""
        pairs = [(p.likelihood.right if accuracy else p.likelihood.nll, units(p)) for p in predictions]
        return np.array(pairs, dtype=np.float64).reshape(-1, 2)

    def value(sums: np.ndarray) -> np.ndarray:
        ratio = sums[..., 0] / np.maximum(sums[..., 1], 1)
        return ratio if accuracy else np.exp(np.minimum(ratio, 700.0))

    return Metric(
        call=call,
        averaged=f"over all {per}s of all rows",
        statistics=statistics,
        value=from_sums(value),
        rows=value,
        signature=lambda _: sign(call.kind, "ift", VERSION, **({} if accuracy else {"per": per}), stop="included"),
        counts_tokens=per == "token",
    )
