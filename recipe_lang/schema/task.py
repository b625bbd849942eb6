"""`task NAME`: what is learned and how it is judged."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Any, Literal

from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.diagnostics.problems.scores import sampled_beams
from recipe_lang.schema import elsewhere
from recipe_lang.schema.base import EVALUATION, TRAINING, Block, Call, Inner
from recipe_lang.schema.metrics import Metric, MetricReader
from recipe_lang.schema.readers import Items
from recipe_lang.schema.types import (
    Column,
    Columns,
    Count,
    JinjaText,
    Number,
    OneOrMany,
    Pattern,
    Refs,
    Share,
    SplitName,
    Text,
    Whole,
)


class Generate(Inner):
    """Decoding. What is not set here is set to its default, never inherited from the model's own file."""

    affects = "evaluation"
    known_elsewhere = elsewhere.GENERATE

    max_new_tokens: Count | None = None
    """Longest answer, in tokens. Without it: the 99th percentile of the training completions."""
    stop: Annotated[list[str], Items(Text(r"(?s).+", "a text that is not empty"), distinct=True)] = []
    """Texts that end an answer; they are no part of it."""
    temperature: Annotated[float, Number(above=0, hint="leave it out for greedy decoding")] | None = None
    """Sampling, seeded. Without it decoding is greedy."""
    top_p: Annotated[float, Number(above=0, high=1)] | None = None
    """Sampling from the likeliest tokens that hold this much probability."""
    beams: Count = 1
    """Width of beam search."""

    def inspect(self, block: Block) -> None:
        if self.top_p is not None and self.temperature is None:
            place = block.key_place("generate", "top_p")
            block.scope.report(problems.without_effect("top_p", "under greedy decoding", place))
        if self.beams > 1 and self.temperature is not None:
            block.scope.report(sampled_beams(block.name).at(block.place("generate", "beams")))


class RegexAnswer(Call):
    """The answer is what a regular expression finds: its first group, or all of it."""

    affects = "evaluation"
    calls = ("regex",)
    positional = ("pattern",)

    pattern: Annotated[str, Pattern()]
    """The regular expression."""
    take: Literal["first", "last"] = "last"
    """Which of several finds."""


class FirstLineAnswer(Call):
    """The answer is the first line."""

    affects = "evaluation"
    calls = ("first_line",)


class NumberAnswer(Call):
    """The answer is a number: `1,000`, `1000` and `1000.00` are one. A sign counts, a currency or unit does not."""

    affects = "evaluation"
    calls = ("number",)

    take: Literal["first", "last"] = "last"
    """Which of several."""


class FewShot(Inner):
    """Exemplars before the prompt, in training and evaluation alike; never the row itself, nor one of the evaluated
    split.
    """

    shots: Annotated[list[int], OneOrMany(Whole(0, 1000))] = [0]
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

    calls = ("cut",)
    positional = ("column",)

    column: Column
    """The column that is cut; the completion never is."""
    side: Literal["left", "right"] = "left"
    """The side that is cut off."""


class Task(Block):
    """What is learned, and how it is judged: templates over one dataset, and metrics."""

    block_kind = "task"
    affects = "evaluation"

    templates: Annotated[list[str], Refs("template"), TRAINING]
    """Templates, all for the same dataset."""
    templates_per_row: Annotated[Literal["one", "all"], TRAINING] = "one"
    """One template a row, drawn by seed once and for all, or every template for every row."""
    metrics: Annotated[list[Metric] | None, Items(MetricReader(), empty=False, distinct=True)] = None
    """The first is the task's main one. Without it: what fits the shape of the templates."""
    score: Literal["generate", "choose"] | None = None
    """Free text, or the likeliest of the choices. Without it: `choose` where there are choices."""
    generate: Generate = Generate.model_construct()
    """How free text is generated."""
    answer: RegexAnswer | FirstLineAnswer | NumberAnswer | None = None
    """What is taken out of prediction and reference before scoring; what is not found is wrong, and shown."""
    few_shot: Annotated[FewShot, TRAINING] = FewShot.model_construct()
    """Exemplars."""
    overlong: Annotated[Literal["error", "drop"] | Cut, TRAINING] = "error"
    """What becomes of examples longer than `train.max_length`, in training and evaluation alike, and of those that the
    model's context does not hold with their answer, which bounds tasks that are not trained.
    """
    max_dropped: Annotated[Share, TRAINING] = 0.01
    """Largest share of examples that `overlong` may drop."""
    slices: Columns = []
    """Metrics are also given by value of these columns."""

    def inspect(self) -> None:
        if self.overlong == "error" and self.written("max_dropped"):
            place = self.key_place("max_dropped")
            self.scope.report(problems.without_effect("max_dropped", "under `overlong = error`", place))
        if self.templates_per_row == "all" and len(self.templates) == 1:
            place = self.key_place("templates_per_row")
            self.scope.report(problems.without_effect("templates_per_row", "on a single template", place))
        if self.few_shot.pick == "first" and self.few_shot.written("draws"):
            place = self.key_place("few_shot", "draws")
            self.scope.report(problems.without_effect("draws", "under `pick = first`, which draws nothing", place))
        self.generate.inspect(self)

    def plain(self) -> Any:
        cut = isinstance(self.overlong, Cut) and self.overlong
        overlong = {
            "action": "cut" if cut else self.overlong,
            "column": cut.column if cut else None,
            "side": cut.side if cut else None,
            "max_dropped": self.max_dropped,
        }
        values = super().plain()
        del values["max_dropped"]
        return {**values, "overlong": overlong}
