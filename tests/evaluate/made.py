"""An evaluation that nobody made, with the figures that a test wants."""

from __future__ import annotations

from typing import Any

from recipe_lang.program.results import Batches, Decoded, Evaluation, Figure, How

SAME = {"batches": Batches(tokens=4096, rows=64, count=1), "precision": "fp32"}
CHOSEN = How(score="choose", **SAME)
WRITTEN = Decoded(
    score="generate", **SAME, max_new_tokens=64, stop=[], stop_ids=[2], temperature=None, top_p=None, beams=1
)


def evaluation(values: dict[str, float | None], better: str = "more", **changed: Any) -> Evaluation:
    """`values` by metric, the main one first, each known to 0.1. `draws`: of each of them."""
    draws = changed.pop("draws", None)
    known = {"better": better, "range": [0, 1], "averaged": "", "signature": "", "draws": draws}
    ends = {name: (None, None) if value is None else (value - 0.1, value + 0.1) for name, value in values.items()}
    metrics = {name: Figure(value=values[name], low=low, high=high, **known) for name, (low, high) in ends.items()}
    defaults = {
        "block": None,
        "task": "first",
        "split": "test",
        "phase": "step-1",
        "shots": 0,
        "confidence": 0.95,
        "rows": 12,
        "draws": 1,
        "main": next(iter(values)),
        "templates": {},
        "slices": {},
        "predictions": "predictions/made.jsonl",
        "how": CHOSEN,
    }
    return Evaluation(**defaults | changed, metrics=metrics)
