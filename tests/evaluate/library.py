"""One task of the standard library, asked of a tiny model on rows that stand in for the hub's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.plan import make_plan
from recipe_lang.program.results import Evaluation
from runtime.base.progress import silent
from runtime.data import prepare
from runtime.evaluate.evaluation import evaluate
from tests.data.programs import Folder
from tests.models.tiny import tiny_model_folder

CONTEXT = 32768
"""Five exemplars in single bytes are long; the tiny model's positions are computed, so any number will do."""


def recipe(folder: Path, tasks: str, *libraries: str, limit: int | None = None) -> Path:
    imports = "".join(f'import "std/{name}.ift" as {name}\n' for name in libraries)
    text = f"""{imports}
recipe trial {{
  description = "A library, tried"
}}

model small {{
  source = path("llama")
  chat   = none
}}

evaluate {{
  model = small
  tasks = [{tasks}]
  when  = [start]
{f"  limit = {limit} examples" if limit else ""}
}}
"""
    (folder / "trial.ift").write_text(text)
    return folder / "trial.ift"


def errors(checked) -> list[str]:
    return [f"{d.code}: {d.message}" for d in checked.diagnostics if d.severity == "error"]


def asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str, overrides: list[str], limit: int | None = None
) -> tuple[Evaluation, list[dict]]:
    """The entry of `results.json` and the lines of `predictions/`."""
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    path = recipe(tmp_path, task, task.split(".")[0], limit=limit)
    checked = check(path, overrides=overrides, cwd=tmp_path)
    assert errors(checked) == []
    program = make_plan(checked.recipe).program
    needed = {program.tasks[task].dataset}
    # The library's other data sets are on the hub, which no test asks.
    program = program.model_copy(
        update={
            "datasets": {name: d for name, d in program.datasets.items() if name in needed},
            "tasks": {task: program.tasks[task]},
        }
    )
    from transformers import AutoModelForCausalLM

    from tests.evaluate.world import plan_of

    folder = tiny_model_folder("llama", tmp_path, chat=False)
    source = Folder(
        folder / "tokenizer.json",
        {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>"},
        None,
        {"max_position_embeddings": CONTEXT},
    )
    prepared = prepare(program, tmp_path, {"small": source})
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    entries = evaluate(
        plan_of(program, prepared.facts),
        program.evaluations[0].model_copy(update={"precision": "fp32"}),
        "base",
        model,
        prepared,
        tmp_path / "run",
        progress=silent(),
    )
    lines = (tmp_path / "run" / entries[0].predictions).read_text().splitlines()
    return entries[0], [json.loads(line) for line in lines]
