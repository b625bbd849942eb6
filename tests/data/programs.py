"""Programs, data and models as small as a test needs them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recipe_lang.program.columns import ColumnType, Text
from recipe_lang.program.dataset import Column, Dataset, FileSource, Split, SplitShare
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.model import Chat, LanguageModel, PathModel
from recipe_lang.program.program import Program
from recipe_lang.program.task import FewShot, Generate, Metric, Overlong, Task, Template
from recipe_lang.program.train import Train

THIRDS = {"train": SplitShare(share=0.8), "validation": SplitShare(share=0.1), "test": SplitShare(share=0.1)}


def columns(**types: ColumnType | str) -> dict[str, Column]:
    """`name=type`; a text names the column in the data."""
    return {
        name: Column.model_validate(
            {"type": Text() if isinstance(t, str) else t, "from": t if isinstance(t, str) else name}
        )
        for name, t in types.items()
    }


def files(*paths: str, format: str = "jsonl", rows: str | None = None) -> FileSource:
    return FileSource.model_validate({"format": format, "paths": list(paths), "rows": rows})


def split(parts: dict[str, Any] | None = None, **fields: Any) -> Split:
    given = {"group_by": [], "stratify_by": None, "by": "random", "hash_column": None, "tolerance": 0.01}
    return Split.model_validate({"parts": parts or THIRDS, **given, **fields})


def dataset(source: Any, **fields: Any) -> Dataset:
    given = {
        "columns": None,
        "keep_if": None,
        "unique_by": None,
        "limit": None,
        "split": None,
        "purpose": "training",
        "max_bad_rows": 0,
        "control_tokens": "error",
        "on_overlap": "report",
        "license": None,
        "citation": None,
    }
    return Dataset.model_validate({"source": source, **given, **fields})


def template(prompt: str | None = "{{ q }}", completion: str | None = "{{ a }}", **fields: Any) -> Template:
    given = {
        "dataset": "data",
        "system": None,
        "messages": None,
        "tools": None,
        "choices": None,
        "references": None,
        "applies_if": None,
        "join": "\n",
        "turns": "all",
        "inverted": False,
        "max_merged": 0.0,
        "max_lossy": 0.0,
    }
    return Template.model_validate({"prompt": prompt, "completion": completion, **given, **fields})


def few_shot(**fields: Any) -> FewShot:
    given = {"shots": [0], "pool": "train", "pick": "per_row", "draws": 1, "style": "text"}
    return FewShot.model_validate(given | {"separator": "\n\n", "header": None, "same": []} | fields)


def generate(**fields: Any) -> Generate:
    given = {"max_new_tokens": 8, "stop": [], "temperature": None, "top_p": None, "beams": 1}
    return Generate.model_validate(given | fields)


def overlong(action: str = "error", **fields: Any) -> Overlong:
    return Overlong.model_validate({"action": action, "column": None, "side": None, "max_dropped": 0.01} | fields)


def task(*templates: str, **fields: Any) -> Task:
    given = {
        "dataset": "data",
        "templates": list(templates) or ["ask"],
        "templates_per_row": "one",
        "metrics": [Metric(name="rouge1", options={}, spelling="rouge1")],
        "score": "generate",
        "generate": generate(),
        "answer": None,
        "few_shot": few_shot(),
        "overlong": overlong(),
        "slices": [],
    }
    return Task.model_validate(given | fields)


def language_model(chat: Chat | None = None, **fields: Any) -> LanguageModel:
    given = {"kind": None, "precision": None, "weights": None, "allow_remote_code": False}
    chat = chat or Chat(use="auto", path=None, variables={})
    return LanguageModel.model_validate({"source": PathModel(path="model"), "chat": chat} | given | fields)


def program(**fields: Any) -> Program:
    """One model, one data set `data`, one template `ask` and one task `answering`, unless given otherwise."""
    given = {
        "name": "test",
        "description": None,
        "seed": 17,
        "models": {"small": language_model()},
        "datasets": {"data": dataset(files("data.jsonl"), split=split())},
        "templates": {"ask": template()},
        "tasks": {"answering": task()},
        "mixtures": {},
        "suites": {},
        "train": None,
        "evaluations": [],
    }
    return Program.model_validate(given | fields)


def train(data: str = "answering", **fields: Any) -> Train:
    given: dict[str, Any] = {
        "model": "small",
        "data": data,
        "duration": {"amount": 1, "unit": "epoch"},
        "learning_rate": 1e-3,
        "method": {"kind": "full", "options": {}, "targets": None},
        "batch": 8,
        "micro_batch": None,
        "max_length": None,
        "packing": False,
        "loss": "per_token",
        "loss_on": "completion",
        "optimizer": {"kind": "adamw", "options": {}},
        "schedule": {"kind": "cosine", "options": {}},
        "warmup": 0.03,
        "clip_norm": 1.0,
        "label_smoothing": 0.0,
        "neftune": None,
        "new_tokens": [],
        "start_from": None,
        "gradient_checkpointing": False,
        "compile": False,
        "merge": False,
        "checkpoint": {"every": {"amount": 1, "unit": "epoch"}, "keep": 2, "best": None},
        "early_stop": None,
        "distribute": None,
        "devices": None,
        "nodes": 1,
        "track": [],
    }
    return Train.model_validate(given | fields)


def evaluate(*tasks: str, **fields: Any) -> Evaluate:
    given: dict[str, Any] = {
        "name": None,
        "model": "small",
        "tasks": list(tasks),
        "split": None,
        "start": True,
        "end": True,
    }
    given |= {"every": [], "shots": [0], "limit": None, "precision": None, "noise": False, "retain": {}, "require": []}
    return Evaluate.model_validate({**given, "confidence": 0.95, "strict": False, **fields})


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
