"""The mixtures and suites of a program: what is drawn together, and what is averaged."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from recipe_lang.program.base import Model


class Proportional(Model):
    """rate = min(rows, cap) ** (1 / temperature) (seqio; T5, arXiv:1910.10683, 3.5.2)."""

    kind: Literal["proportional"] = "proportional"
    cap: int | None
    temperature: float


class Equal(Model):
    kind: Literal["equal"] = "equal"


class Rates(Model):
    kind: Literal["rates"] = "rates"
    rates: dict[str, float]


class Shares(Model):
    kind: Literal["shares"] = "shares"
    shares: dict[str, float]


class Counts(Model):
    """Examples an epoch."""

    kind: Literal["counts"] = "counts"
    counts: dict[str, int]


class Replay(Model):
    tasks: list[str]
    share: float


class Mixture(Model):
    tasks: list[str]
    """Names of tasks and mixtures."""
    except_: list[str] = Field(alias="except", serialization_alias="except")
    sampling: Annotated[Proportional | Equal | Rates | Shares | Counts, Field(discriminator="kind")]
    size: int | Literal["smallest", "largest"] | None
    """Examples an epoch; None: Σ min(n, cap), or the sum of the counts."""
    when_exhausted: Literal["repeat", "drop", "stop"]
    max_repeats: float | None
    replay: Replay | None


class Suite(Model):
    tasks: list[str]
    average: Literal["tasks", "rows"]
    figure: Literal["main", "mean"]
    """Of a task: its main metric, or the mean of all its metrics."""
