"""What `ift compare --json` prints: finished runs side by side. Other programs read it."""

from __future__ import annotations

from typing import Literal

from recipe_lang.program.base import Model


class Cost(Model):
    """Of training; None where a run did not train."""

    steps: int | None
    tokens: int | None
    seconds: float | None
    last_loss: float | None


class Run(Model):
    name: str
    """As much of its path as tells it from the others."""
    folder: str
    plan_hash: str
    trained: bool
    """False: it only evaluated."""
    cost: Cost


class Setting(Model):
    setting: str
    """As the language spells it; a block that some program lacks is one setting, `there` or `not there`."""
    values: list[str | None]
    """One a run; None where it is not set."""


class Value(Model):
    value: float | None
    low: float | None
    high: float | None
    confidence: float
    """Of this interval: the run's own."""
    cut: int | None = None
    """Answers that `max_new_tokens` ended before they were done, where there are any."""


class Against(Model):
    """A run less the first one, paired by row."""

    difference: float
    low: float
    high: float
    p: float
    """Two-sided, of no difference; not adjusted."""
    significant: bool | None
    """By Holm's procedure over the main metrics of what the runs are about (phase `tuned`); None for others, which are
    not tested."""


class Line(Model):
    task: str
    split: str
    shots: int
    phase: Literal["base", "tuned"]
    """`base`: the untouched models, where all runs trained; `tuned`: what each run is about, the tuned model or the one
    that it only evaluated."""
    metric: str
    main: bool
    better: Literal["more", "less"]
    rows: int
    values: list[Value]
    """One a run."""
    against_first: list[Against]
    """One a run, without the first."""


class Answer(Model):
    prediction: str
    score: float


class Row(Model):
    id: str
    prompt: str
    """The first run's."""
    reference: str
    answers: list[Answer]
    """One a run."""
    apart: float
    """The widest difference of main scores."""


class Rows(Model):
    task: str
    split: str
    shots: int
    phase: Literal["base", "tuned"]
    rows: list[Row]
    """Those whose main scores are not the same in all runs, the widest apart first."""


class Best(Model):
    """The run that a metric puts first, and how sure its lead is."""

    metric: str
    """`task.metric`."""
    run: str
    value: float
    next: str
    """The run that comes next,"""
    next_value: float
    difference: float
    """and the best one less that, paired by row."""
    low: float
    high: float


class Comparison(Model):
    format_version: Literal[1]
    confidence: float
    """Of the differences: that of the first evaluation that the runs share, in the first of them."""
    runs: list[Run]
    settings: list[Setting]
    """Those that are not the same in all runs."""
    figures: list[Line]
    rows: list[Rows]
    best: Best | None = None
    """Where a metric was named that decides."""
