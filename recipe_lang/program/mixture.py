"""`mixture NAME`: tasks trained together, and how often each is drawn."""

from typing import Annotated, Literal

from pydantic import Field

from recipe_lang.program.block import Block, Call, Inner
from recipe_lang.program.values import Examples, Finite, Percent, Positive, Share, ref, refs

TaskName = ref("task", "mixture")


class Proportional(Call):
    """The rate of a task is min(training rows, cap)^(1/temperature), as in seqio."""

    kind: Literal["proportional"] = "proportional"

    cap: Examples | None = None
    """Rows of a task above this do not raise its rate."""
    temperature: Positive = 1.0
    """1: by size; larger: more even."""


class Equal(Call):
    """The same rate for all tasks."""

    kind: Literal["equal"] = "equal"


class Replay(Inner):
    """Rehearsal of earlier tasks, against forgetting; its share is taken first."""

    tasks: refs("task", "mixture")
    """Tasks or mixtures to rehearse."""
    share: Annotated[Finite, Percent(), Field(gt=0, lt=1)]
    """Share of all examples."""


class Mixture(Block):
    """Tasks trained together. At most one of `sampling`, `rates`, `shares` and `counts` says how often each is drawn.

    `proportional` and `equal` see the leaf tasks of nested mixtures. A nested mixture that sets rates, shares, counts
    or a replay keeps its inner proportions, and is itself what outer rates, shares or counts name. How long an epoch is
    and what becomes of exhausted tasks is for the mixture that is trained to say, not for those inside it.
    """

    block_kind = "mixture"
    rivals = frozenset({"sampling", "rates", "shares", "counts"})

    tasks: refs("task", "mixture")
    """Tasks and mixtures; mixtures nest."""
    except_: refs("task", "mixture", least=0) = Field([], alias="except")
    """Tasks or mixtures that are taken out, at any depth."""
    sampling: Annotated[Proportional | Equal, Field(discriminator="kind")] = Proportional.model_construct()
    """Rates by rule; the default is plain concatenation."""
    rates: dict[TaskName, Positive] | None = None
    """Relative rates."""
    shares: dict[TaskName, Share] | None = None
    """Final shares; they add up to 100%."""
    counts: dict[TaskName, Examples] | None = None
    """Exactly that many examples an epoch."""
    size: Examples | Literal["smallest", "largest"] | None = None
    """Examples an epoch; `smallest` and `largest`: until the task exhausted first or last has been seen once.
    Without it: Σ min(rows, cap) for `proportional`; `rates`, `shares` and `equal` must state it, `counts` say it."""
    when_exhausted: Literal["repeat", "drop", "stop"] = "repeat"
    """A fresh seeded permutation; or the task leaves; or the run ends."""
    max_repeats: Positive | None = None
    """Most passes over a task's rows. Without it: a warning above 4."""
    replay: Replay | None = None
    """Rehearsal of earlier tasks."""

    @property
    def given(self) -> Literal["sampling", "rates", "shares", "counts"]:
        """The setting that says how often each task is drawn."""
        names: tuple[Literal["rates", "shares", "counts"], ...] = ("rates", "shares", "counts")
        return next((name for name in names if getattr(self, name) is not None), "sampling")

    @property
    def idle(self) -> frozenset[str]:
        return frozenset() if self.given == "sampling" else frozenset({"sampling"})
