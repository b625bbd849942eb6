"""`mixture NAME`: tasks trained together, and how often each is drawn."""

from typing import Annotated, Any, Literal

from pydantic import Field

from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.schema.base import Block, Call, Inner
from recipe_lang.schema.types import Examples, Percent, Positive, Ref, Refs, Share

TaskName = Annotated[str, Ref("task", "mixture")]


class Proportional(Call):
    """The rate of a task is min(training rows, cap)^(1/temperature), as in seqio."""

    calls = ("proportional",)

    cap: Examples | None = None
    """Rows of a task above this do not raise its rate."""
    temperature: Positive = 1.0
    """1: by size; larger: more even."""


class Equal(Call):
    """The same rate for all tasks."""

    calls = ("equal",)


class Replay(Inner):
    """Rehearsal of earlier tasks, against forgetting; its share is taken first."""

    tasks: Annotated[list[str], Refs("task", "mixture")]
    """Tasks or mixtures to rehearse."""
    share: Annotated[float, Percent(above=0, below=100)]
    """Share of all examples."""


class Mixture(Block):
    """Tasks trained together. At most one of `sampling`, `rates`, `shares` and `counts` says how often each is drawn.

    `proportional` and `equal` see the leaf tasks of nested mixtures. A nested mixture that sets rates, shares, counts
    or a replay keeps its inner proportions, and is itself what outer rates, shares or counts name. How long an epoch is
    and what becomes of exhausted tasks is for the mixture that is trained to say, not for those inside it.
    """

    block_kind = "mixture"

    tasks: Annotated[list[str], Refs("task", "mixture")]
    """Tasks and mixtures; mixtures nest."""
    except_: Annotated[list[str], Refs("task", "mixture", empty=True)] = Field([], alias="except")
    """Tasks or mixtures that are taken out, at any depth."""
    sampling: Proportional | Equal = Proportional.model_construct()
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

    def inspect(self) -> None:
        set_here = [name for name in ("sampling", "rates", "shares", "counts") if self.written(name)]
        rules = [name for name in set_here if getattr(self, name) is not None]
        alone = [*rules, "size"] if rules == ["counts"] and self.size is not None else rules
        places = sorted(((self.key_place(name), name) for name in alone), key=lambda pair: pair[0].span)
        if len(places) > 1:
            (last, name), others = places[-1], {name: place for place, name in places[:-1]}
            self.scope.report(problems.conflicting_settings(name, others, self.subject, last))
        elif self.size is None and rules and (rules[0] in ("rates", "shares") or isinstance(self.sampling, Equal)):
            self.scope.report(problems.missing_size(rules[0], self.subject, self.key_place(rules[0])))

        if self.when_exhausted != "repeat" and (self.max_repeats or 0) >= 1:
            reason = f"under `when_exhausted = {self.when_exhausted}`, where rows are drawn once at most"
            self.scope.report(problems.without_effect("max_repeats", reason, self.key_place("max_repeats")))

    def plain(self) -> Any:
        values = super().plain()
        kinds = ("rates", "shares", "counts")
        given = {kind: values.pop(kind) for kind in kinds}
        for kind, entries in given.items():
            if entries is not None:
                values["sampling"] = {"kind": kind, kind: entries}
        return values
