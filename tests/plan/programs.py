"""Small programs with the fields that arithmetic reads."""

from __future__ import annotations

from typing import Any

from recipe_lang.program.mixture import Mixture, Proportional
from recipe_lang.program.program import Program
from recipe_lang.program.task import Task

PROPORTIONAL = Proportional(cap=None, temperature=1.0)


def mixture(*tasks: str, **fields: Any) -> Mixture:
    given = {"sampling": PROPORTIONAL, "size": None, "when_exhausted": "repeat", "max_repeats": None, "replay": None}
    return Mixture.model_validate({"tasks": list(tasks), "except": [], **given, **fields})


def program(tasks: list[str], **mixtures: Mixture) -> Program:
    """A program whose tasks have names only."""
    empty = Task.model_construct(dataset="data")
    return Program.model_construct(tasks=dict.fromkeys(tasks, empty), mixtures=mixtures, suites={}, datasets={})
