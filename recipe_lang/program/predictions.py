"""Lines of `predictions/TASK.SPLIT.PHASE.N-shot.jsonl`: what a model answered to each row, as scored.

A line holds everything that the figures are made of, so that anyone can recompute them from the file alone. Many are at
hand at once: they are dataclasses, and pydantic reads and writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, computed_field

AS_JSON = ConfigDict(defer_build=True, ser_json_inf_nan="constants")
"""A model that is broken gives likelihoods that are no numbers."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a row's closed answers: its log-likelihood after the prompt, in nats, and its lengths."""

    text: str
    logprob: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The completion under the model: negative log-likelihood in nats, and how many of its tokens were the top one.

    It is the row's own text, which need not be among the references.
    """

    nll: float
    tokens: int
    right: int
    text: str


@dataclass(frozen=True, slots=True)
class Prediction:
    __pydantic_config__ = AS_JSON

    id: str
    """Of the example: the row and its template. Phases pair by it."""
    template: str
    group: str
    """Rows of one group are resampled together."""
    draw: int
    exemplars: int
    """Exemplars in the prompt, after those dropped for length."""
    prompt: str
    references: tuple[str, ...]
    text: Annotated[str, Field(alias="prediction")]
    """The generated text, or the likeliest choice."""
    answer: str | None
    """What the task's answer rule took out of `text`; None where it matched nothing."""
    expected: tuple[str, ...]
    """The same, taken out of each reference."""
    slices: dict[str, str]
    scores: dict[str, float]
    inverted: bool = False
    """Of a template that asks for the input and gives the output: another task, kept out of this one's figures."""
    ended: Literal["stop", "length"] | None = None
    """What ended the generation."""
    choices: tuple[Choice, ...] = ()
    likelihood: Likelihood | None = None

    @computed_field
    @property
    def reference(self) -> str:
        """The first one."""
        return self.references[0] if self.references else ""
