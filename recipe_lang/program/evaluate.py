"""`evaluate [NAME]`: what is measured, when, and what must hold."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Literal

from pydantic import Field

from recipe_lang.program.block import FILLED, NOTHING, Block, Call
from recipe_lang.program.metrics import Requirement
from recipe_lang.program.task import Shots
from recipe_lang.program.values import (
    Cadence,
    Distinct,
    Examples,
    Finite,
    OwnForm,
    Percent,
    Share,
    SplitName,
    ref,
    refs,
)


class Every(Call):
    """At the first step at or past each multiple of a number of epochs or steps."""

    affects = "evaluation"
    kind: Literal["every"] = "every"
    positional = ("cadence",)

    cadence: Cadence
    """`1 epoch`, `200 steps`."""


TaskName = ref("task")
Asked = ref("task", "mixture", "suite")
Numbers = Annotated[list[Shots], Distinct(), Field(min_length=1)]
Phases = Annotated[list[Literal["start", "end"] | Every], Distinct(), Field(min_length=1)]


class Evaluate(Block):
    """What is measured, when, and what must hold. Several may stand, of which one may go without a name."""

    block_kind = "evaluate"
    affects = "evaluation"
    named = "maybe"
    single = True
    root = True

    name: Annotated[str | None, FILLED, NOTHING] = None
    """As figures name the block; None where it goes without a name."""
    model: ref("model") | None = None
    """The model to evaluate. Without it: the trained one."""
    tasks: refs("task", "mixture", "suite")
    """Tasks, mixtures and suites."""
    split: SplitName | None = None
    """The split, the same for all tasks. Without it: `test` (else `validation`) at start and end, `validation` in
    between; a task without that split is left out there, and the plan says so."""
    when: Phases = ["start", "end"]
    """`start` measures the untouched model, the baseline of every comparison; `every(…)` measures in between."""
    shots: Numbers | dict[Asked, Numbers] | None = None
    """Numbers of exemplars that the untouched model is asked with, beside the task's own, which the tuned one gets too;
    or a block of them by task, the others being asked with their own. As many as the model's context holds beside the
    answer: nobody trains on them, so `max_length` is no bound."""
    limit: Examples | dict[Asked, Examples] | None = None
    """A seeded sample, the same rows before and after; or a block of them by task."""
    precision: Literal["bf16", "fp16", "fp32"] | None = None
    """Compute type; fp32 makes figures independent of batching. Without it: the model's own."""
    noise: bool = False
    """Also measures the untouched model against itself under another batching."""
    retain: dict[TaskName, Share] = {}
    """Budget of forgetting: how far a task's main metric may drop against `start`, in points."""
    require: list[Annotated[Requirement, OwnForm("requirement")]] = []
    """Bars for the tuned model at `end`; `task.metric.gain` is the difference to `start`."""
    confidence: Annotated[Finite, Percent(), Field(ge=0.5, lt=1)] = 0.95
    """Confidence of the interval that stands by every figure."""
    strict: bool = False
    """Ends with 3 also where `retain` is undecided."""

    @property
    def start(self) -> bool:
        return "start" in self.when

    @property
    def end(self) -> bool:
        return "end" in self.when

    @property
    def every(self) -> list[Cadence]:
        """The cadences of `when`."""
        return [phase.cadence for phase in self.when if isinstance(phase, Every)]
