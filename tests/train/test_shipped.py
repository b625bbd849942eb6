"""The shipped encoder-decoder recipe, on a tiny random model of its kind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_lang.cli import main_run
from tests.models.tiny import tiny_model_folder
from tests.train.small import metrics

RECIPE = Path(__file__).parents[2] / "recipes" / "encoder_decoder.ift"


def test_the_encoder_decoder_recipe_runs_from_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    folder = tiny_model_folder("t5", tmp_path)
    # A tiny tokenizer cuts words into more tokens than the real one.
    longer = ["--set", "train.max_length.prompt=4_096 tokens", "--set", "train.max_length.completion=4_096 tokens"]
    model = ["--set", f'flan.source=path("{folder}")']

    assert main_run([str(RECIPE), "--variant", "smoke", *model, *longer, "--output", str(tmp_path / "run")]) == 0

    assert [line["step"] for line in metrics(tmp_path / "run")] == [1, 2, 3]
    assert (tmp_path / "run" / "model" / "model.safetensors").is_file()
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert [entry["phase"] for entry in results["evaluations"]] == ["base", "tuned"]
