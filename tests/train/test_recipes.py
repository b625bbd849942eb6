"""Recipes of each kind of model, from text to trained weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtime.loading import load_model, with_method
from runtime.run import Job, train_model
from tests.train.recipe import opened, planned, run_folder, write_recipe
from tests.train.small import metrics, refuse

SETTINGS = {
    "full": "method = full",
    "lora": "method = lora(rank = 4)",
    "packed": "method = lora(rank = 4)\npacking = true",
    "all": "method = full\nloss_on = all",
}
BESIDE = "duration = 3 epochs\nbatch = 8 examples"


@pytest.mark.parametrize(("kind", "how"), [(k, h) for k in ("llama", "t5") for h in ("full", "lora")] + [
    ("gpt2", "full"), ("qwen3", "lora"), ("llama", "packed"), ("llama", "all"),
])  # fmt: skip
def test_loss_falls(tmp_path: Path, kind: str, how: str):
    plan = planned(write_recipe(tmp_path, f"{SETTINGS[how]}\n{BESIDE}", kind=kind))
    folder = run_folder(plan, tmp_path / "run")
    session = opened(plan, tmp_path)
    model = with_method(session, load_model(session, "small"))

    outcome = train_model(Job(plan, session, folder, refuse), model)

    lines = metrics(folder)
    assert outcome.steps == len(lines) == plan.figures.train.steps == 15
    assert sum(line["tokens"] for line in lines) == plan.figures.train.tokens
    assert lines[-1]["loss"] < lines[0]["loss"]
    validation = [json.loads(line) for line in (folder / "validation.jsonl").read_text().splitlines()]
    assert [(line["step"], line["examples"]) for line in validation] == [(5, 8), (10, 8), (15, 8)]
