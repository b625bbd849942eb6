"""Token tables to figures: what the plan shows of a task's split."""

from __future__ import annotations

import math

import numpy as np

from recipe_lang.program.facts import Lengths, SplitFacts
from runtime.data.labels.example import Flag
from runtime.data.labels.labelling import Labelling
from runtime.data.tables.build import BuiltTable


def measure(labelling: Labelling, built: BuiltTable) -> SplitFacts:
    table = built.table
    trained = table.trained_lengths
    answers = table.lengths - table.starts
    return SplitFacts(
        rows=built.rows,
        examples=len(table),
        groups=labelling.selection.groups_of(table.rows),
        templates={t.name: int(np.count_nonzero(table.templates == t.number)) for t in labelling.templates},
        tokens=int(table.offsets[-1]),
        loss_tokens=int(trained.sum()),
        dropped=built.dropped,
        cut=table.flagged(Flag.CUT),
        fewer=table.flagged(Flag.FEWER),
        merged=table.flagged(Flag.MERGED),
        lengths=percentiles(table.lengths),
        completion_lengths=percentiles(answers),
    )


def percentiles(lengths: np.ndarray) -> Lengths | None:
    """By the nearest rank: the smallest length that at least so many percent of the examples do not exceed.

    >>> percentiles(np.arange(1, 41))  # 1 to 40 tokens: 20, 38, and 39.6 rounded up
    Lengths(p50=20, p95=38, p99=40, max=40)
    """
    if len(lengths) == 0:
        return None
    ordered = np.sort(lengths)
    nearest = [int(ordered[math.ceil(percent / 100 * len(ordered)) - 1]) for percent in (50, 95, 99)]
    return Lengths(p50=nearest[0], p95=nearest[1], p99=nearest[2], max=int(ordered[-1]))
