"""Recipes of each kind of model, from text to trained weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtime.base.progress import silent
from runtime.data import prepare
from runtime.loading import load_model, model_folders, with_method
from runtime.train import train
from tests.train.recipe import planned, run_folder, write_recipe
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
    folders = model_folders(plan.program, tmp_path, fetch=False, progress=silent())
    prepared = prepare(plan.program, tmp_path, folders)
    model = with_method(plan, folders, load_model(plan, folders, "small", silent()))

    outcome = train(
        plan,
        prepared,
        model,
        prepared.tokenizers["small"],
        folder,
        progress=silent(),
        on_event=None,
        report=refuse,
    )

    lines = metrics(folder)
    assert outcome.steps == len(lines) == plan.figures.train.steps == 15
    assert sum(line["tokens"] for line in lines) == plan.figures.train.tokens
    assert lines[-1]["loss"] < lines[0]["loss"]
    validation = [json.loads(line) for line in (folder / "validation.jsonl").read_text().splitlines()]
    assert [(line["step"], line["examples"]) for line in validation] == [(5, 8), (10, 8), (15, 8)]
