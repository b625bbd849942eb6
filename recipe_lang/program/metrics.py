"""Metrics with their options, and the ways to name one: `task.rouge1`, `task.rouge1.gain >= 0.1`.

A class is all that the language knows of a metric, and its registration: `made_by` names what computes it.
"""

# ruff: noqa: RUF012 (pydantic copies defaults)

import math
from functools import reduce
from operator import or_
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from recipe_lang.program.block import FILLED, Call, Settings
from recipe_lang.program.values import Described, Distinct, Finite, InQuotes, OwnForm, Pattern, Percent, Whole


class Measured(Call):
    """Values are shares from 0 to 1, except where a metric has no upper end."""

    affects = "evaluation"
    made_by: ClassVar[str]
    """`module.function` in `runtime/evaluate/metrics/`, from such a call to a `Metric`."""
    ends: ClassVar[tuple[float, float]] = (0, 1)
    """The least and the largest value."""
    better: ClassVar[Literal["more", "less"]] = "more"
    judges: ClassVar[frozenset[str]] = frozenset({"text"})
    """What it can judge: a `text` that is generated, a `choice` among closed answers."""
    right_or_wrong: ClassVar[bool] = False
    """Whether it is the share of rows, or of groups, which are right."""
    counts_classes: ClassVar[bool] = False
    """Whether it is of answers that are few and come again."""
    reads_answers: ClassVar[bool] = True
    """False: it is of the reference's likelihood, whatever is answered."""

    spelling: Annotated[str, FILLED] = ""
    """The metric with the arguments that were written, `bleu(tokenize = "zh")`: its key in `results.json`."""

    @property
    def row_by_row(self) -> bool:
        """Whether each row scores 0 or 1, and the figure is their mean."""
        return self.right_or_wrong and getattr(self, "per", "row") == "row"

    @property
    def options(self) -> dict[str, Any]:
        """The arguments, defaults among them."""
        return {name: getattr(self, name) for name in type(self).model_fields if name not in ("kind", "spelling")}


ANY_ANSWER = frozenset({"text", "choice"})
"""The text of a choice is a text too."""


class Rouge(Measured):
    """Overlap of words, word pairs, or the longest common run, as rouge-score counts it."""

    kind: Literal["rouge1", "rouge2", "rougeL", "rougeLsum"] = "rouge1"
    made_by = "rouge.rouge"

    stat: Literal["f1", "precision", "recall"] = "f1"
    """Which of the three."""
    stemmer: bool = False
    """Compares stems of English words."""
    tokenizer: Literal["default", "unicode"] = "default"
    """`default` keeps a to z and 0 to 9 alone, so that `está` and `esté` are one word, and Chinese is none; `unicode`
    works for any script."""


class Bleu(Measured):
    """BLEU over the whole set, as sacrebleu computes it."""

    kind: Literal["bleu"] = "bleu"
    made_by = "translation.translation"

    tokenize: Annotated[Literal["13a", "char", "intl", "none", "zh"], InQuotes()] = "13a"
    """sacrebleu's tokenizer."""
    lowercase: bool = False
    """Ignores case."""
    smooth_method: Annotated[Literal["exp", "floor", "add-k", "none"], InQuotes()] = "exp"
    """How n-grams without a match count."""
    smooth_value: Annotated[Finite, Field(ge=0)] | None = None
    """The value that `floor` and `add-k` smooth with."""
    max_ngram_order: Annotated[Whole, Field(ge=1, le=32)] = 4
    """The longest n-grams that count."""
    effective_order: bool = False
    """Leaves out the orders that a short text cannot have."""


class Chrf(Measured):
    """Character n-gram F-score, as sacrebleu computes it."""

    kind: Literal["chrf"] = "chrf"
    made_by = "translation.translation"

    char_order: Annotated[Whole, Field(ge=1, le=32)] = 6
    """The longest runs of characters that count."""
    word_order: Annotated[Whole, Field(ge=0, le=32)] = 0
    """The longest runs of words that count; 2 makes chrF++."""
    beta: Annotated[Whole, Field(ge=1, le=32)] = 2
    """How much more recall counts than precision."""
    lowercase: bool = False
    """Ignores case."""
    whitespace: bool = False
    """Counts white space too."""


class Ter(Measured):
    """Translation edit rate, as sacrebleu computes it; less is better."""

    kind: Literal["ter"] = "ter"
    made_by = "translation.translation"
    ends = (0, math.inf)
    better = "less"

    normalized: bool = False
    """Tokenizes as the tercom tool does."""
    no_punct: bool = False
    """Ignores punctuation."""
    asian_support: bool = False
    """Separates Asian characters."""
    case_sensitive: bool = False
    """Minds case."""


class ExactMatch(Measured):
    """Equality as SQuAD defines it; the best over several references. What a text is made of alone, such as the letter
    `A` or a `+`, is never ignored."""

    kind: Literal["exact_match"] = "exact_match"
    made_by = "squad.squad"
    judges = ANY_ANSWER
    right_or_wrong = True

    normalize: Literal["squad", "mlqa_ar", "mlqa_de", "mlqa_en", "mlqa_es", "mlqa_hi", "mlqa_vi", "mlqa_zh"] | None = (
        "squad"
    )
    """`squad` drops case, ASCII punctuation, the English articles and repeated spaces: -3 and 3 are one. `mlqa_de` and
    its like drop the punctuation of every script and the language's own articles; in `mlqa_zh` each Chinese character
    is a word. `none` drops only spaces at both ends."""
    ignore: Annotated[list[Pattern], Distinct()] = []
    """Regular expressions; what they find is left out of both sides first."""
    case: bool | None = None
    """Whether case counts. Without it: only where `normalize = none`."""


class WordF1(ExactMatch):
    """Overlap of words as SQuAD defines it; the best over several references."""

    kind: Literal["f1"] = "f1"
    right_or_wrong = False

    words: Literal["bag", "set"] = "bag"
    """`set` counts a word once, however often it stands, as HELM does."""


class Accuracy(Measured):
    """Share of right answers; for choices, the likeliest by the sum over its tokens."""

    kind: Literal["accuracy"] = "accuracy"
    made_by = "labels.accuracy"
    judges = ANY_ANSWER
    right_or_wrong = True

    per: Literal["row", "group"] = "row"
    """`group`: rows that the data set's `group_by` keeps together are right where all of them are. A `limit` of the
    evaluation then takes whole groups; rows that the data set's `limit` or `overlong = drop` leaves out are missing."""


class NormalizedAccuracy(Measured):
    """Share of right choices where the likelihood is divided by the choice's length."""

    kind: Literal["accuracy_norm"] = "accuracy_norm"
    made_by = "labels.accuracy"
    judges = frozenset({"choice"})
    right_or_wrong = True

    by: Literal["characters", "bytes", "tokens"] = "characters"
    """What length is counted in."""


class Classes(Measured):
    """F1 averaged over the classes."""

    kind: Literal["macro_f1"] = "macro_f1"
    made_by = "labels.classes"
    judges = ANY_ANSWER
    counts_classes = True

    only: str | None = None
    """The one class whose F1 is meant, as the choice is spelled; without it the mean over all."""


class Matthews(Measured):
    """Matthews' correlation of the classes."""

    kind: Literal["mcc"] = "mcc"
    made_by = "labels.classes"
    judges = ANY_ANSWER
    counts_classes = True
    ends = (-1, 1)


class Correlation(Measured):
    """Correlation of numbers, or of their ranks."""

    kind: Literal["pearson", "spearman"] = "pearson"
    made_by = "correlation.correlation"
    ends = (-1, 1)

    unparsed: Finite = -1.0
    """What an answer without a number counts as."""


class Perplexity(Measured):
    """How surprised the model is by the reference; less is better, and there is no upper end."""

    kind: Literal["perplexity"] = "perplexity"
    made_by = "likelihood.likelihood"
    judges = ANY_ANSWER
    reads_answers = False
    ends = (1, math.inf)
    better = "less"

    per: Literal["token", "word", "byte"] = "token"
    """The unit that surprise is spread over."""


class TokenAccuracy(Measured):
    """Share of the reference's tokens that are the model's first choice."""

    kind: Literal["token_accuracy"] = "token_accuracy"
    made_by = "likelihood.likelihood"
    judges = ANY_ANSWER
    reads_answers = False


METRICS: tuple[type[Measured], ...] = tuple(
    each for each in vars().values() if isinstance(each, type) and issubclass(each, Measured) and each is not Measured
)
"""All that stand above."""
Metric = Annotated[
    reduce(or_, METRICS), Field(discriminator="kind"), Described("a metric, such as `rouge1` or `accuracy`")
]

DEFAULTS = {"choose": ("accuracy", "accuracy_norm"), "generate": ("rouge1", "rouge2", "rougeL")}
"""What a task without `metrics` is judged by, its main one first."""


def metric_of(word: str) -> Measured:
    """A metric as if it had been written without options."""
    model = next(model for model in METRICS if word in model.calls())
    return model.model_construct(kind=word, spelling=word)


def ends(spelling: str, *, gain: bool) -> tuple[float, float]:
    """The least and the largest value of a metric, or of the difference of two of its values.

    >>> ends("bleu", gain=False), ends("rouge1(stemmer = true)", gain=True)
    ((0, 1), (-1, 1))
    """
    low, high = metric_of(spelling.partition("(")[0]).ends
    return (low - high, high - low) if gain else (low, high)


class MetricName(Settings):
    """A metric of a task, as settings name it."""

    task: str
    """Qualified."""
    metric: str | None
    """Its spelling; None: the task's main one."""

    @property
    def key(self) -> str:
        """`task.metric`."""
        return f"{self.task}.{self.metric}"

    @property
    def place(self) -> Any:
        """Where the metric's own name is written."""
        return self._side.place


TaskMetric = Annotated[MetricName, OwnForm("metric of a task")]


class Requirement(MetricName):
    """A bar that the tuned model must reach."""

    gain: bool
    """The difference to the untouched model, in place of the value."""
    comparison: Literal[">=", "<=", ">", "<"]
    value: Annotated[Finite, Percent(bare=True)]
    expression: str
    """As the recipe writes it, spaces aside."""

    @property
    def value_place(self) -> Any:
        """Where the number is written."""
        return self._side.value_place
