"""`results.json`: every figure of a run. The engine writes it; other programs read it.

Figures are shares from 0 to 1 unless the metric has no upper end (perplexity, TER); None stands for a number that
does not exist, such as a correlation of constant answers. Metrics are keyed by the recipe's spelling.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic import Field

from recipe_lang.program.base import Model


class Estimate(Model):
    """A value with its interval, at the `confidence` of its evaluation."""

    value: float | None
    low: float | None
    high: float | None
    draws: list[float | None] | None = None
    """The value of each draw of exemplars, where there were several."""


class Figure(Estimate):
    """A metric over all rows of an evaluation."""

    better: Literal["more", "less"]
    range: list[float | None] = Field(min_length=2, max_length=2)
    """The least and the greatest value that it can have; None where there is no end."""
    averaged: str
    """How rows make the figure, in words."""
    signature: str
    """Tool, version and every option that changes the figure."""
    unseen: int | None = None
    """Rows whose references have text of which the metric sees nothing, where there are any."""
    details: dict[str, float | list[float]] | None = None
    """Parts of the figure, such as BLEU's brevity penalty."""


class Part(Model):
    """The rows of one template, or of one value of a slice's column."""

    rows: int
    metrics: dict[str, Estimate]
    inverted: bool | None = None
    """True: inverted templates alone."""


class Batches(Model):
    tokens: int
    """Tokens that a batch may hold."""
    rows: int
    """Rows that a batch may hold."""
    count: int


class How(Model):
    """How the model was asked."""

    score: Literal["generate", "choose"]
    batches: Batches
    precision: str
    """What was computed in."""


class Decoded(How):
    """Where text was generated."""

    max_new_tokens: int
    stop: list[str]
    stop_ids: list[int]
    """Tokens that end an answer."""
    temperature: float | None
    """None: greedy."""
    top_p: float | None
    beams: int


class Noise(Model):
    """The same model under another batching."""

    rows_changed: int
    """Rows whose answer became another one."""
    metrics: dict[str, float | None]
    """By how much each figure moved."""
    batches: int
    """How many the rows stood in; never the same ones as those of the figures."""


class Key(NamedTuple):
    """What is asked of each model alike."""

    block: str | None
    task: str
    split: str
    shots: int


class Measured(Model):
    """A task on a split, with a number of exemplars."""

    block: str | None
    """The name of the `evaluate` block."""
    task: str
    split: str
    shots: int

    @property
    def key(self) -> Key:
        return Key(self.block, self.task, self.split, self.shots)


class Evaluation(Measured):
    """A task on a split, with a number of exemplars, in a phase."""

    phase: str = Field(pattern=r"^(base|tuned|step-\d+)$")
    """`base`: the untouched model; `tuned`: the trained one; `step-N`: while it is trained."""
    confidence: float
    """Of all intervals below."""
    rows: int
    """Each row once, however often exemplars were drawn."""
    draws: int
    main: str
    """The task's main metric."""
    metrics: dict[str, Figure]
    templates: dict[str, Part]
    """Empty where the task has one template."""
    slices: dict[str, dict[str, Part]]
    """Column → value → figures."""
    inverted: Part | None = None
    """The rows that inverted templates ask, where there are others too; in no other figure than `templates`."""
    fewer: int | None = None
    """Prompts, of all draws, with fewer exemplars than `shots`, where there are any: more would not fit, or the pool
    has no more."""
    unmatched: int | None = None
    """Answers in which the task's `answer` found nothing, where there are any."""
    cut: int | None = None
    """Answers that `max_new_tokens` ended before they were done, where there are any."""
    predictions: str = Field(pattern=r"^predictions/[^/\\]+$")
    """The file of predictions, relative to the run folder."""
    how: Decoded | How
    noise: Noise | None = None

    @property
    def figure(self) -> Figure:
        """Of the main metric."""
        return self.metrics[self.main]


class Group(Model):
    """A suite in a phase, where all its tasks were evaluated."""

    block: str | None
    suite: str
    phase: str
    shots: int | None
    """None: the tasks' own numbers, which differ."""
    average: Literal["tasks", "rows"]
    figure: Literal["main", "mean"]
    """Of each task: its main metric, or the mean of all its metrics."""
    tasks: list[str]
    rows: int
    confidence: float
    value: float | None
    low: float
    high: float


class Difference(Measured):
    """Tuned less base, on the same rows."""

    metric: str
    better: Literal["more", "less"]
    base: float
    tuned: float
    difference: float
    confidence: float
    low: float
    high: float


class AgainstExemplars(Difference):
    """Tuned, with the task's own exemplars, less base with `shots` of them, by the task's main metric."""

    tuned_shots: int


class Retained(Model):
    """What a task of `retain` lost; a drop is positive where the tuned model is worse."""

    block: str | None
    task: str
    metric: str
    base: float
    tuned: float
    drop: float
    low: float
    """One-sided bounds of the drop, Holm's correction over the tasks made."""
    high: float
    budget: float
    verdict: Literal["kept", "forgotten", "undecided"]
    p_forgotten: float
    p_kept: float


class Forgetting(Model):
    """Over the tasks of `retain`."""

    mean_drop: float
    backward_transfer: float
    """Lopez-Paz and Ranzato, 2017: the mean drop with its sign turned."""
    worst_drop: float
    worst_task: str


class Required(Model):
    block: str | None
    expression: str
    """As the recipe writes it."""
    value: float | None
    """None: nothing measured it."""
    passed: bool


class Merged(Model):
    """What the weights in `model-merged/` lost when they were cast, merged, from fp32."""

    type: str
    """Of the base's file, in torch's words."""
    rounding: float
    """Norm of the difference, relative to the norm of the weights."""


class Unlike(Model):
    """What plain `transformers` reads in another way than the run did."""

    what: Literal["loading", "tokens", "prompts", "answers"]
    count: int
    """So many of them are other ones,"""
    of: int
    """of so many."""
    text: str
    """The first of these: what was read, or asked."""
    expected: str
    """What the run made of it."""
    found: str


class Spoken(Model):
    """What has to be said of a template's languages to a saved model, whose files can hold those of one alone."""

    template: str
    first: str | None
    """The token that `generate` takes as `forced_bos_token_id`."""
    own: str | None
    """The token that the tokenizer puts around a prompt, in whose place `source` stands."""
    source: str | None


class ReadBack(Model):
    """A folder of the run, as plain `transformers` and `peft` read it in a process of their own."""

    folder: str
    rows: int
    """Texts whose tokens were compared."""
    asked: int
    """Prompts whose answers were compared."""
    prompt: str
    """An example of them, as the model reads it."""
    messages: list[dict[str, Any]] | None
    """The same as messages of a chat; None where there is no chat template, or it was given tools."""
    answer: str
    """How the model begins to answer it."""
    template: str
    """Of the prompt."""
    languages: list[Spoken]
    """Of templates that need it."""
    unlike: list[Unlike]


class Results(Model):
    format_version: Literal[1]
    plan_hash: str
    evaluations: list[Evaluation]
    groups: list[Group]
    differences: list[Difference]
    against_exemplars: list[AgainstExemplars]
    """Of tasks that the untouched model was asked with several numbers of exemplars."""
    retain: list[Retained]
    forgetting: Forgetting | None
    """None where nothing is to be retained."""
    require: list[Required]
    tuned_step: int | None = None
    """The step whose weights were judged at the end and kept; there where the run trained."""
    merged: Merged | None = None
    """There where `merge` was asked for."""
    read_back: list[ReadBack] = Field(default_factory=list)
    """Of what the run saved."""
