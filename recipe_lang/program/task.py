"""`task NAME`: what is learned and how it is judged."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Literal

from pydantic import Field

from recipe_lang.program.block import EVALUATION, TRAINING, Block, Call, Inner
from recipe_lang.program.metrics import Metric
from recipe_lang.program.values import (
    Column,
    Columns,
    Count,
    Cure,
    Distinct,
    Finite,
    JinjaText,
    NotEmpty,
    OneOrMany,
    Pattern,
    Share,
    SplitName,
    Whole,
    ref,
    refs,
)


class Generate(Inner):
    """Decoding. What is not set here is set to its default, never inherited from the model's own file."""

    affects = "evaluation"

    max_new_tokens: Count | None = None
    """Longest answer, in tokens. Without it: the 99th percentile of the training completions."""
    stop: Annotated[list[NotEmpty], Distinct()] = []
    """Texts that end an answer; they are no part of it."""
    temperature: Annotated[Finite, Cure("leave it out for greedy decoding"), Field(gt=0)] | None = None
    """Sampling, seeded. Without it decoding is greedy."""
    top_p: Annotated[Finite, Field(gt=0, le=1)] | None = None
    """Sampling from the likeliest tokens that hold this much probability."""
    beams: Count = 1
    """Width of beam search."""


class RegexAnswer(Call):
    """The answer is what a regular expression finds: its first group, or all of it."""

    affects = "evaluation"
    kind: Literal["regex"] = "regex"
    positional = ("pattern",)

    pattern: Pattern
    """The regular expression."""
    take: Literal["first", "last"] = "last"
    """Which of several finds."""


class FirstLineAnswer(Call):
    """The answer is the first line."""

    affects = "evaluation"
    kind: Literal["first_line"] = "first_line"


class NumberAnswer(Call):
    """The answer is a number: `1,000`, `1 000`, `1000.00` and `1e3` are one, `-$5` is -5. A sign counts, a currency or
    unit does not. Metrics compare numbers as they are, without normalising them as texts."""

    affects = "evaluation"
    kind: Literal["number"] = "number"

    take: Literal["first", "last"] = "last"
    """Which of several."""
    within: Pattern | None = None
    """Looks for it inside what this regular expression finds alone: `number(within = "#### (.+)")`."""


class BoxedAnswer(Call):
    """The answer is what stands in `\\boxed{…}`, braces within it balanced."""

    affects = "evaluation"
    kind: Literal["boxed"] = "boxed"

    take: Literal["first", "last"] = "last"
    """Which of several."""


Shots = Annotated[Whole, Field(ge=0, le=1000)]


class FewShot(Inner):
    """Exemplars before the prompt, in training and evaluation alike; never the row itself, nor one of the evaluated
    split.
    """

    shots: Annotated[list[Shots], OneOrMany(), Distinct(), Field(min_length=1)] = [0]
    """How many; of several numbers one is drawn for each row."""
    pool: SplitName = "train"
    """The split that exemplars come from."""
    pick: Literal["per_row", "fixed", "first"] = "per_row"
    """Drawn anew for each row, drawn once, or the first rows of the pool in the source's order."""
    draws: Annotated[Count, EVALUATION] = 1
    """How often an evaluation repeats the drawing, to show its spread; `first` draws nothing."""
    style: Literal["text", "turns"] = "text"
    """One text, or a turn for each exemplar's prompt and completion."""
    separator: str = "\n\n"
    """Between exemplars."""
    header: JinjaText | None = None
    """Before the first one, or before the prompt where there are none: the task's instructions."""
    same: Columns = []
    """Exemplars agree with the row in these columns."""


class Cut(Call):
    """Shortens one column until the example fits."""

    kind: Literal["cut"] = "cut"
    positional = ("column",)

    column: Column
    """The column that is cut; the completion never is."""
    side: Literal["left", "right"] = "left"
    """The side that is cut off."""


class Task(Block):
    """What is learned, and how it is judged: templates over one dataset, and metrics."""

    block_kind = "task"
    affects = "evaluation"

    dataset: Annotated[ref("dataset") | None, TRAINING] = None
    """The dataset whose rows are asked. Without it: that of the templates; those that declare `columns` have none."""
    templates: Annotated[refs("template"), TRAINING]
    """Templates, for the same dataset or over columns that it has."""
    templates_per_row: Annotated[Literal["one", "all"], TRAINING] = "one"
    """One template a row, drawn by seed once and for all, or every template for every row."""
    metrics: Annotated[list[Metric], Distinct(), Field(min_length=1)] | None = None
    """The first is the task's main one. Without it: what fits the shape of the templates."""
    score: Literal["generate", "choose"] | None = None
    """Free text, or the likeliest of the choices. Without it: `choose` where there are choices."""
    generate: Generate = Generate.model_construct()
    """How free text is generated."""
    answer: (
        Annotated[RegexAnswer | FirstLineAnswer | NumberAnswer | BoxedAnswer, Field(discriminator="kind")] | None
    ) = None
    """What is taken out of prediction and reference before scoring, of the likeliest choice too; what is not found is
    wrong, and shown."""
    few_shot: Annotated[FewShot, TRAINING] = FewShot.model_construct()
    """Exemplars."""
    overlong: Annotated[Cut | Literal["error", "drop"], TRAINING] = "error"
    """What becomes of examples longer than `train.max_length`, in training and evaluation alike, and of those that the
    model's context does not hold with their answer, which bounds tasks that are not trained.
    """
    max_dropped: Annotated[Share, TRAINING] = 0.01
    """Largest share of examples that `overlong` may drop."""
    slices: Columns = []
    """Metrics are also given by value of these columns."""
