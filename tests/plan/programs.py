"""Small programs with the fields that arithmetic reads."""

from __future__ import annotations

from typing import Any

from recipe_lang.program.mixture import Mixture
from recipe_lang.program.program import Program
from tests import compiled

NAMES = ("a", "b", "c", "new", "old", "inner")
"""What mixtures that name tasks one by one may name."""
RECIPE = compiled.RECIPE + "".join(f"task {name} {{\n  templates = [ask]\n}}\n" for name in NAMES)


def mixture(*tasks: str, replay: tuple[str, str] | None = None, without: list[str] = [], **settings: Any) -> Mixture:  # noqa: B006
    """`mixture("a", "b", rates={"a": "3", "b": "1"}, size="60 examples", replay=("old", "20%"))`."""
    written = [f"except = [{', '.join(without)}]"]
    for name, value in settings.items():
        pairs = value.items() if isinstance(value, dict) else [("", value)]
        written += [f"{f'{name}.{key}'.rstrip('.')} = {text}" for key, text in pairs]
    if replay:
        written += [f"replay.tasks = [{replay[0]}]", f"replay.share = {replay[1]}"]
    planned = compiled.planned(RECIPE, *(f"both.{setting}" for setting in written))
    return compiled.changed(planned.program.mixtures["both"], tasks=list(tasks))


def program(tasks: list[str], **mixtures: Mixture) -> Program:
    """A program of these tasks, all alike."""
    return compiled.changed(compiled.small(), tasks=dict.fromkeys(tasks, compiled.task()), mixtures=mixtures)
