"""Token tables to figures: what the plan shows of a task's split."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from recipe_lang.program.facts import Lengths, SplitFacts
from runtime.data.splits.select import Selection
from runtime.data.tables.build import BuiltTable
from runtime.data.tables.table import Flag


def measure(built: BuiltTable, selection: Selection, templates: Sequence[str]) -> SplitFacts:
    table = built.table
    trained = table.trained_lengths
    answers = table.lengths - table.starts
    return SplitFacts(
        rows=built.rows,
        examples=len(table),
        groups=selection.groups_of(table.rows),
        templates={name: int(np.count_nonzero(table.templates == i)) for i, name in enumerate(templates)},
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
    """By the nearest rank: the smallest length that at least so many percent of the examples do not exceed."""
    if len(lengths) == 0:
        return None
    ordered = np.sort(lengths)
    nearest = [int(ordered[math.ceil(percent / 100 * len(ordered)) - 1]) for percent in (50, 95, 99)]
    return Lengths(p50=nearest[0], p95=nearest[1], p99=nearest[2], max=int(ordered[-1]))
