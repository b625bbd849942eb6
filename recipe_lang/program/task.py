"""The templates and tasks of a program: what is asked, and how answers are judged."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from recipe_lang.program.base import Model


class Template(Model):
    """Texts are Jinja sources, trimmed of empty lines at both ends."""

    dataset: str
    prompt: str | None
    completion: str | None
    system: str | None
    messages: str | None
    """Name of a `messages` column; then prompt and completion are None."""
    tools: str | None
    choices: list[str] | str | None
    """A closed list of texts (each may hold Jinja), or a Jinja expression that gives one."""
    references: str | None
    applies_if: str | None
    join: str
    turns: Literal["all", "last", "unrolled"]
    inverted: bool
    max_merged: float
    max_lossy: float


class Metric(Model):
    name: str
    options: dict[str, str | int | float | bool | None]
    spelling: str
    """As the recipe writes it: the key in `results.json`."""


class Generate(Model):
    max_new_tokens: int | None
    """None: the 99th percentile of the training completions' token counts."""
    stop: list[str]
    temperature: float | None
    """None: greedy."""
    top_p: float | None
    beams: int


class RegexAnswer(Model):
    kind: Literal["regex"] = "regex"
    pattern: str
    take: Literal["first", "last"]


class FirstLineAnswer(Model):
    kind: Literal["first_line"] = "first_line"


class NumberAnswer(Model):
    kind: Literal["number"] = "number"
    take: Literal["first", "last"]


class FewShot(Model):
    shots: list[int]
    pool: str
    """Name of a split."""
    pick: Literal["per_row", "fixed", "first"]
    draws: int
    style: Literal["text", "turns"]
    separator: str
    header: str | None
    same: list[str]


class Overlong(Model):
    action: Literal["error", "drop", "cut"]
    column: str | None
    side: Literal["left", "right"] | None
    max_dropped: float


class Task(Model):
    dataset: str
    templates: list[str]
    templates_per_row: Literal["one", "all"]
    metrics: list[Metric]
    """Never empty; the first is the main one."""
    score: Literal["generate", "choose"]
    generate: Generate
    answer: Annotated[RegexAnswer | FirstLineAnswer | NumberAnswer, Field(discriminator="kind")] | None
    few_shot: FewShot
    overlong: Overlong
    slices: list[str]
