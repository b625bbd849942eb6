"""Programs, data and models as small as a test needs them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recipe_lang.program.columns import ColumnCall
from recipe_lang.program.dataset import Dataset
from recipe_lang.program.program import Program
from recipe_lang.program.split import Split
from recipe_lang.program.task import FewShot, Generate
from recipe_lang.program.template import Template
from tests import compiled
from tests.compiled import changed, evaluate, model, small, suite, task, train

__all__ = ["evaluate", "model", "suite", "task", "train"]

SHARES = ("train = 80%", "validation = 10%", "test = 10%")
WHOLE = compiled.RECIPE.replace(compiled.SPLIT, "")


def columns(**types: str) -> dict[str, ColumnCall]:
    """`name="int(1..5)"`: types as recipes write them."""
    return small(*(f"data.columns.{name} = {type}" for name, type in types.items())).datasets["data"].columns


def source(call: str) -> Any:
    """`source('csv("data.csv")')`."""
    return small(f"data.source = {call}").datasets["data"].source


def files(*paths: str, format: str = "jsonl", rows: str | None = None) -> Any:
    key = f", rows = {json.dumps(rows)}" if rows else ""
    return source(f"{format}({json.dumps(paths)}{key})")


def split(*settings: str, parts: tuple[str, ...] = SHARES, **fields: Any) -> Split:
    """`split("by = hash(id)", parts=("train = 90%", "test = 10%"))`."""
    lines = "".join(f"    {line}\n" for line in (*parts, *settings))
    text = compiled.RECIPE.replace(compiled.SPLIT, f"  split {{\n{lines}  }}\n")
    return changed(compiled.planned(text).program.datasets["data"].split, **fields)


def dataset(source: Any, **fields: Any) -> Dataset:
    """Without a split, unless given."""
    return changed(compiled.planned(WHOLE).program.datasets["data"], source=source, **fields)


def template(prompt: str | None = "{{ q }}", completion: str | None = "{{ a }}", **fields: Any) -> Template:
    return changed(small().templates["ask"], prompt=prompt, completion=completion, **fields)


def few_shot(**fields: Any) -> FewShot:
    return changed(task().few_shot, **fields)


def generate(**fields: Any) -> Generate:
    return changed(task().generate, **fields)


def program(**fields: Any) -> Program:
    """One model, one data set `data`, one template `ask` and one task `answering`, unless given otherwise."""
    return changed(small(), **{"mixtures": {}, "suites": {}, "train": None, "evaluations": []} | fields)


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


@dataclass(frozen=True)
class Folder:
    """A model's folder, as far as data preparation reads it."""

    tokenizer_json: Path
    tokenizer_config: dict[str, Any] = field(default_factory=lambda: {"bos_token": "<s>", "eos_token": "</s>"})
    chat_template: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    chat_variables: dict[str, Any] = field(default_factory=dict)
    end_ids: tuple[int, ...] = ()
    differences: tuple[str, ...] = ()
    generation_config: dict[str, Any] = field(default_factory=dict)
