"""What tells the untouched models of two runs apart, so that one's answers are never taken for the other's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.plan import make_plan
from runtime.base.progress import silent
from runtime.loading import untouched_weights
from runtime.models import precision
from runtime.session import open_session
from tests.models.tiny import tiny_model_folder
from tests.runs.recipe import RECIPE, write_rows


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The untouched model of the recipe, with settings changed, as the key of its answers has it."""
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(precision, "_has_bf16", lambda device: True)
    for kind in ("llama", "gpt2"):
        tiny_model_folder(kind, tmp_path)
    (tmp_path / "config.json").write_bytes((tmp_path / "llama" / "config.json").read_bytes())
    write_rows(tmp_path)
    recipe = RECIPE.replace("KIND", "llama").replace("METHOD", "lora(rank = 2)")
    (tmp_path / "sums.ift").write_text(recipe.replace("  precision = fp32\n", ""))

    def key(*changes: str) -> dict:
        found = check(tmp_path / "sums.ift", overrides=changes, cwd=tmp_path).recipe
        session = open_session(make_plan(found).program, tmp_path, fetch=True, progress=silent())
        return untouched_weights(session, "small")

    return key


SCRATCH = 'small.source=scratch("config.json", tokenizer = "llama")'
OTHER = {
    "source": [['small.source=path("gpt2")']],
    "stored": [["small.weights=bf16"], ["small.weights=fp32", "small.kind=causal"]],
    "bits": [["train.method=qlora(rank = 2)"]],
    "tokens": [['train.new_tokens=["<plus>"]'], ['train.new_tokens=["<minus>"]']],
    "drawn": [[SCRATCH], [SCRATCH, "recipe.seed=8"]],
}


@pytest.mark.parametrize("kind", OTHER)
def test_other_weights_have_another_key(known, kind: str):
    keys = [json.dumps(known(*changes), sort_keys=True) for changes in [[], *OTHER[kind]]]

    assert len(set(keys)) == len(keys)


SAME = {
    "rate": ["train.learning_rate=1e-4"],
    "seed": ["recipe.seed=8"],
    "method": ["train.method=full"],
    "duration": ["train.duration=2 steps"],
}


@pytest.mark.parametrize("kind", SAME)
def test_what_training_does_is_no_part_of_it(known, kind: str):
    """The tiny model's file is fp32, as what all weights are trained in."""
    assert known() == known(*SAME[kind])


def test_code_that_comes_with_a_model_is_part_of_it(known, tmp_path: Path):
    before = known("small.allow_remote_code=true")
    (tmp_path / "llama" / "modeling_own.py").write_text("SCALE = 2\n")

    assert known("small.allow_remote_code=true") != before
