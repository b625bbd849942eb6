"""Shipped recipes, on tiny random models of their kind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_lang.cli import main_run
from tests.models.tiny import tiny_model_folder
from tests.train.small import metrics

RECIPES = Path(__file__).parents[2] / "recipes"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a recipe's variant `smoke` with a tiny model in place of its own, and returns the run folder."""
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))

    def smoke(recipe: str, model: str, kind: str, *limits: str) -> Path:
        changes = [f'{model}.source=path("{tiny_model_folder(kind, tmp_path)}")', *limits]
        arguments = [part for change in changes for part in ("--set", change)]
        folder = tmp_path / "run"
        assert main_run([str(RECIPES / recipe), "--variant", "smoke", *arguments, "--output", str(folder)]) == 0
        return folder

    return smoke


def test_the_encoder_decoder_recipe_runs_from_end_to_end(run):
    # A tiny tokenizer cuts words into more tokens than the real one.
    longer = ("train.max_length.prompt=4_096 tokens", "train.max_length.completion=4_096 tokens")

    folder = run("encoder_decoder.ift", "flan", "t5", *longer)

    assert [line["step"] for line in metrics(folder)] == [1, 2, 3]
    assert (folder / "model" / "model.safetensors").is_file()
    assert [entry["phase"] for entry in results(folder)["evaluations"]] == ["base", "tuned"]


def test_the_full_tuning_recipe_runs_from_end_to_end(run):
    folder = run("full_tuning.ift", "smollm", "llama")

    steps = [line["step"] for line in metrics(folder)]
    assert (folder / "model" / "model.safetensors").is_file()
    assert {entry["phase"] for entry in results(folder)["evaluations"]} == {"base", f"step-{steps[-1]}", "tuned"}


def results(folder: Path) -> dict:
    return json.loads((folder / "results.json").read_text())
