"""Metrics with their options, and the ways to name one: `task.rouge1`, `task.rouge1.gain >= 0.1`."""

import math
from typing import Annotated, Any, ClassVar, Literal

from recipe_lang.diagnostics.model import Place
from recipe_lang.diagnostics.problems import names as names_problems
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.schema.base import Call, Model
from recipe_lang.schema.readers import Calls, Reader, read
from recipe_lang.schema.scope import Scope, Unreadable
from recipe_lang.schema.types import Number, OneText, Percent, Text, Whole
from recipe_lang.syntax import tree


class Metric(Call):
    """Values are shares from 0 to 1, except where a metric has no upper end."""

    affects = "evaluation"
    ends: ClassVar[tuple[float, float]] = (0, 1)
    """The least and the largest value."""
    _spelling: ClassVar[str] = ""

    @property
    def spelling(self) -> str:
        """The metric with the arguments that were written: `bleu(tokenize = "zh")`. Its key in `results.json`."""
        return self._spelling or self.call

    def plain(self) -> Any:
        options = {name: getattr(self, name) for name in type(self).model_fields}
        return {"name": self.call, "options": options, "spelling": self.spelling}


class Rouge(Metric):
    """Overlap of words, word pairs, or the longest common run, as rouge-score counts it."""

    calls = ("rouge1", "rouge2", "rougeL", "rougeLsum")

    stat: Literal["f1", "precision", "recall"] = "f1"
    """Which of the three."""
    stemmer: bool = False
    """Compares stems of English words."""
    tokenizer: Literal["default", "unicode"] = "default"
    """`default` drops what is not Latin letters and digits; `unicode` works for any script."""


class Bleu(Metric):
    """BLEU over the whole set, as sacrebleu computes it."""

    calls = ("bleu",)

    tokenize: Annotated[str, OneText("13a", "char", "intl", "none", "zh")] = "13a"
    """sacrebleu's tokenizer."""
    lowercase: bool = False
    """Ignores case."""
    smooth_method: Annotated[str, OneText("exp", "floor", "add-k", "none")] = "exp"
    """How n-grams without a match count."""
    smooth_value: Annotated[float, Number(0)] | None = None
    """The value that `floor` and `add-k` smooth with."""
    max_ngram_order: Annotated[int, Whole(1, 32)] = 4
    """The longest n-grams that count."""
    effective_order: bool = False
    """Leaves out the orders that a short text cannot have."""


class Chrf(Metric):
    """Character n-gram F-score, as sacrebleu computes it."""

    calls = ("chrf",)

    char_order: Annotated[int, Whole(1, 32)] = 6
    """The longest runs of characters that count."""
    word_order: Annotated[int, Whole(0, 32)] = 0
    """The longest runs of words that count; 2 makes chrF++."""
    beta: Annotated[int, Whole(1, 32)] = 2
    """How much more recall counts than precision."""
    lowercase: bool = False
    """Ignores case."""
    whitespace: bool = False
    """Counts white space too."""


class Ter(Metric):
    """Translation edit rate, as sacrebleu computes it; less is better."""

    calls = ("ter",)
    ends = (0, math.inf)

    normalized: bool = False
    """Tokenizes as the tercom tool does."""
    no_punct: bool = False
    """Ignores punctuation."""
    asian_support: bool = False
    """Separates Asian characters."""
    case_sensitive: bool = False
    """Minds case."""


class ExactMatch(Metric):
    """Equality as SQuAD defines it; the best over several references."""

    calls = ("exact_match",)

    normalize: Literal["squad"] | None = "squad"
    """`squad` ignores case, punctuation, articles and repeated spaces; `none` only spaces at both ends."""

    def plain(self) -> Any:
        plain = super().plain()
        return {**plain, "options": {**plain["options"], "normalize": self.normalize or "none"}}


class WordF1(ExactMatch):
    """Overlap of words as SQuAD defines it; the best over several references."""

    calls = ("f1",)

    words: Literal["bag", "set"] = "bag"
    """`set` counts a word once, however often it stands, as HELM does."""


class Accuracy(Metric):
    """Share of right answers; for choices, the likeliest by the sum over its tokens."""

    calls = ("accuracy",)

    per: Literal["row", "group"] = "row"
    """`group`: rows that the data set's `group_by` keeps together are right where all of them are. A `limit` of the
    evaluation then takes whole groups; rows that the data set's `limit` or `overlong = drop` leaves out are missing."""


class NormalizedAccuracy(Metric):
    """Share of right choices where the likelihood is divided by the choice's length."""

    calls = ("accuracy_norm",)

    by: Literal["characters", "bytes", "tokens"] = "characters"
    """What length is counted in."""


class Classes(Metric):
    """F1 averaged over the classes."""

    calls = ("macro_f1",)

    only: Annotated[str, Text()] | None = None
    """The one class whose F1 is meant, as the choice is spelled; without it the mean over all."""


class Matthews(Metric):
    """Matthews' correlation of the classes."""

    calls = ("mcc",)
    ends = (-1, 1)


class Correlation(Metric):
    """Correlation of numbers, or of their ranks."""

    calls = ("pearson", "spearman")
    ends = (-1, 1)

    unparsed: Annotated[float, Number()] = -1.0
    """What an answer without a number counts as."""


class Perplexity(Metric):
    """How surprised the model is by the reference; less is better, and there is no upper end."""

    calls = ("perplexity",)
    ends = (1, math.inf)

    per: Literal["token", "word", "byte"] = "token"
    """The unit that surprise is spread over."""


class TokenAccuracy(Metric):
    """Share of the reference's tokens that are the model's first choice."""

    calls = ("token_accuracy",)


METRICS = (
    Rouge,
    Bleu,
    Chrf,
    Ter,
    ExactMatch,
    WordF1,
    Accuracy,
    NormalizedAccuracy,
    Classes,
    Matthews,
    Correlation,
    Perplexity,
    TokenAccuracy,
)


RIGHT_OR_WRONG = frozenset({"accuracy", "accuracy_norm", "exact_match"})
"""Metrics that are the share of rows which are right."""

DEFAULTS = {"choose": ("accuracy", "accuracy_norm"), "generate": ("rouge1", "rouge2", "rougeL")}
"""What a task without `metrics` is judged by, its main one first."""


def ends(spelling: str, *, gain: bool) -> tuple[float, float]:
    """The least and the largest value of a metric, or of the difference of two of its values."""
    word = spelling.partition("(")[0]
    low, high = next(metric.ends for metric in METRICS if word in metric.calls)
    return (low - high, high - low) if gain else (low, high)


class MetricReader(Calls):
    """A metric, with the spelling that it was written in."""

    def __init__(self) -> None:
        super().__init__(METRICS)
        self.phrase = "a metric, such as `rouge1` or `accuracy`"

    def read(self, node: tree.Call | tree.Path, scope: Scope, subject: str) -> Metric:
        metric = super().read(node, scope, subject)
        assert isinstance(metric, Metric)
        metric.know(spelling=spelling(metric.call, node, scope))
        return metric


def spelling(name: str, node: tree.Call | tree.Path, scope: Scope) -> str:
    """`bleu(tokenize = "zh")`, whatever the spaces in the recipe."""
    arguments = node.arguments if isinstance(node, tree.Call) else ()
    texts = [(a.name.text + " = " if a.name else "") + as_written(a.value, scope) for a in arguments]
    return f"{name}({', '.join(texts)})" if texts else name


def as_written(node: tree.Value, scope: Scope) -> str:
    """The text of a node on one line."""
    place = scope.place(node.span)
    return " ".join(place.source.slice(place.span).split())


class MetricName(Model):
    """A metric of a task, as settings name it."""

    task: str
    """Qualified."""
    metric: str | None
    """Its spelling; None: the task's main one."""
    gain: bool
    """The difference to the untouched model, in place of the value."""
    place: Place
    """Where the metric's own name is written."""

    def plain(self) -> str:
        return f"{self.task}.{self.metric}" if self.metric else self.task


class MetricNameReader(Reader):
    """`task.metric`; where a comparison stands, also `task.metric.gain`."""

    phrase = "a metric of a task, such as `task.rouge1`"
    nodes = (tree.Call,)
    kinds = ("task",)

    def __init__(self, *, gain: bool = False) -> None:
        self.gain = gain

    def takes(self, path: tree.Path, scope: Scope) -> bool:
        return scope.task(path) is not None

    def read(self, node: tree.Path | tree.Call, scope: Scope, subject: str) -> MetricName:
        path = node.path if isinstance(node, tree.Call) else node
        task = scope.task(path)
        if task is None:
            scope.report(
                names_problems.unknown_name(
                    path.text, scope.names(("task",)), subject, self.phrase, scope.place(path.span)
                )
            )
            raise Unreadable
        named, parts = task
        if named.kind != "task":
            place = scope.place(path.span)
            scope.report(names_problems.wrong_kind(path.text, named.kind, subject, self.phrase, place))
            raise Unreadable
        gain = self.gain and parts[-1:] == ("gain",)
        place = scope.place(path.parts[-2 if gain and len(parts) > 1 else -1].span)
        parts = parts[:-1] if gain else parts
        if len(parts) == 2 and self.gain:
            guess = closest(parts[1], ["gain"])
            place = scope.place(path.parts[-1].span)
            scope.report(
                names_problems.unknown_part(parts[1], path.text, guess, subject, "`gain`, or nothing after it", place)
            )
            raise Unreadable
        if len(parts) > 1:
            scope.report(names_problems.too_long_path(path.text, subject, self.phrase, scope.place(path.span)))
            raise Unreadable
        metric = spelling(parts[0], node, scope) if parts else None
        return MetricName.model_construct(task=named.name, metric=metric, gain=gain, place=place)


class Requirement(Model):
    """A bar that the tuned model must reach."""

    left: MetricName
    comparison: Literal[">=", "<=", ">", "<"]
    value: float
    expression: str
    """As the recipe writes it, spaces aside."""
    value_place: Place
    """Where the number is written."""

    def plain(self) -> Any:
        left = {"task": self.left.task, "metric": self.left.metric, "gain": self.left.gain}
        return {**left, "comparison": self.comparison, "value": self.value, "expression": self.expression}


class RequirementReader(Reader):
    """A comparison of a metric with a number."""

    phrase = "a comparison, such as `task.rouge1 >= 0.3`"
    nodes = (tree.Comparison,)
    kinds = ("task",)

    def read(self, node: tree.Comparison, scope: Scope, subject: str) -> Requirement:
        left = read(MetricNameReader(gain=True), node.left, scope, subject)
        value = read(Level(), node.right, scope, subject)
        return Requirement.model_construct(
            left=left,
            comparison=node.operator,
            value=value,
            expression=as_written(node, scope),
            value_place=scope.place(node.right.span),
        )


class Level(Percent):
    """A metric's value, or a difference of two: a number, or a percentage of one."""

    phrase = "a number or a percentage"
    nodes = (tree.PercentValue, tree.Quantity)
    units = ("%", "")

    def __init__(self, low: float | None = None) -> None:
        super().__init__(low)
        self.number = Number(low)

    def read(self, node: tree.PercentValue | tree.Quantity, scope: Scope, subject: str) -> float:
        read_as = self.number.read if isinstance(node, tree.Quantity) else super().read
        return read_as(node, scope, subject)
