"""`evaluate [NAME]`: what is measured, when, and what must hold."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Any, Literal

from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.schema import elsewhere
from recipe_lang.schema.base import Block, Call
from recipe_lang.schema.metrics import Requirement, RequirementReader
from recipe_lang.schema.readers import Alternatives, Calls, Items, Words
from recipe_lang.schema.types import Cadence, Examples, Measure, Percent, Ref, Refs, SplitName, Whole


class Every(Call):
    """At the first step at or past each multiple of a number of epochs or steps."""

    affects = "evaluation"
    calls = ("every",)
    positional = ("cadence",)

    cadence: Cadence
    """`1 epoch`, `200 steps`."""

    def plain(self) -> Any:
        return self.cadence.plain()


TaskName = Annotated[str, Ref("task")]
Phases = Annotated[
    list[Literal["start", "end"] | Every],
    Items(Alternatives([Words("start", "end"), Calls([Every])]), empty=False, distinct=True),
]


class Evaluate(Block):
    """What is measured, when, and what must hold. Several may stand, of which one may go without a name."""

    block_kind = "evaluate"
    affects = "evaluation"
    named = "maybe"
    single = True
    root = True
    known_elsewhere = elsewhere.EVALUATE

    model: Annotated[str, Ref("model")] | None = None
    """The model to evaluate. Without it: the trained one."""
    tasks: Annotated[list[str], Refs("task", "mixture", "suite")]
    """Tasks, mixtures and suites."""
    split: SplitName | None = None
    """The split, the same for all tasks. Without it: `test` (else `validation`) at start and end, `validation` in
    between; a task without that split is left out there, and the plan says so."""
    when: Phases = ["start", "end"]
    """`start` measures the untouched model, the baseline of every comparison; `every(…)` measures in between."""
    shots: Annotated[list[int], Items(Whole(0, 1000), empty=False, distinct=True)] | None = None
    """Numbers of exemplars that the untouched model is asked with, beside the task's own, which the tuned one gets too.
    As many as the model's context holds beside the answer: nobody trains on them, so `max_length` is no bound.
    """
    limit: Examples | dict[Annotated[str, Ref("task", "mixture", "suite")], Examples] | None = None
    """A seeded sample, the same rows before and after; or a block of them by task."""
    precision: Literal["bf16", "fp16", "fp32"] | None = None
    """Compute type; fp32 makes figures independent of batching. Without it: the model's own."""
    noise: bool = False
    """Also measures the untouched model against itself under another batching."""
    retain: dict[TaskName, Annotated[float, Percent(0, 100)]] = {}
    """Budget of forgetting: how far a task's main metric may drop against `start`, in points."""
    require: Annotated[list[Requirement], Items(RequirementReader())] = []
    """Bars for the tuned model at `end`; `task.metric.gain` is the difference to `start`."""
    confidence: Annotated[float, Percent(50, below=100)] = 0.95
    """Confidence of the interval that stands by every figure."""
    strict: bool = False
    """Ends with 3 also where `retain` is undecided."""

    @property
    def every(self) -> list[Measure]:
        """The cadences of `when`."""
        return [phase.cadence for phase in self.when if isinstance(phase, Every)]

    def inspect(self) -> None:
        if self.strict and not self.written("retain"):
            self.scope.report(problems.without_effect("strict", "without `retain`", self.key_place("strict")))

    def plain(self) -> Any:
        values = super().plain()
        when = values.pop("when")
        phases = {"start": "start" in when, "end": "end" in when, "every": [m.plain() for m in self.every]}
        return {**values, **phases, "name": self.name or None, "shots": self.shots or []}
