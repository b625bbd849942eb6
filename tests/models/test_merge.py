"""Merged weights answer as base and adapter do."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from runtime.models.adapters import save
from runtime.models.load import load
from runtime.models.merge import merge, relative_rounding
from tests.models.opened import KINDS, opened, refused, reopened
from tests.models.test_adapters import METHODS, logits, trained
from tests.models.test_load import as_bf16
from tests.models.tiny import tiny_model_folder

MERGEABLE = [name for name in METHODS if name not in ("full", "prompt_tuning", "prefix_tuning")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MERGEABLE)
def test_merging_changes_no_answer(kind: str, name: str, tmp_path: Path):
    if (kind, name) in (("gpt2", "loha"), ("gpt2", "lokr")):
        pytest.skip("refused")
    model = trained(kind, METHODS[name], tmp_path)
    folder, declared = opened(kind, tmp_path)
    save(model, tmp_path / "adapter", folder, folder.chat_template)

    merge(tmp_path / "adapter", folder, declared, tmp_path / "merged", folder.chat_template)

    merged = load(*reopened(tmp_path / "merged"), trainable=False)
    assert (logits(merged) - logits(model)).norm() <= 1e-5 * logits(model).norm()


def test_the_rounding_of_a_cast_is_relative_to_the_weights():
    model = torch.nn.Linear(1, 2)
    model.weight.data, model.bias.data = torch.tensor([[1 + 2**-9], [0.0]]), torch.zeros(2)

    assert relative_rounding(model, torch.bfloat16) == pytest.approx(2**-9 / (1 + 2**-9))
    assert relative_rounding(model, torch.float32) == 0


def test_merged_weights_have_the_type_of_the_base(tmp_path: Path):
    as_bf16(tiny_model_folder("llama", tmp_path))
    model = trained("llama", METHODS["lora"], tmp_path)
    folder, declared = opened("llama", tmp_path)
    save(model, tmp_path / "adapter", folder, folder.chat_template)

    merge(tmp_path / "adapter", folder, declared, tmp_path / "merged", folder.chat_template)

    merged = load(*reopened(tmp_path / "merged"), trainable=False)
    assert reopened(tmp_path / "merged")[0].config["dtype"] == "bfloat16"
    assert (logits(merged.float()) - logits(model)).norm() <= 0.05 * logits(model).norm()


@pytest.mark.parametrize("name", ["prompt_tuning", "prefix_tuning"])
def test_soft_prompts_do_not_merge(name: str, tmp_path: Path):
    model = trained("llama", METHODS[name], tmp_path)
    folder, declared = opened("llama", tmp_path)
    save(model, tmp_path / "adapter", folder, None)

    diagnostic = refused(lambda: merge(tmp_path / "adapter", folder, declared, tmp_path / "merged", None))

    assert diagnostic.code == "IFT074"
    assert not (tmp_path / "merged").exists()


def test_merging_asks_the_model_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    model = trained("llama", METHODS["lora"], tmp_path)
    folder, declared = opened("llama", tmp_path)
    save(model, tmp_path / "adapter", folder, None)
    monkeypatch.setattr(type(model.get_base_model()), "forward", None)

    merge(tmp_path / "adapter", folder, declared, tmp_path / "merged", None)

    assert (tmp_path / "merged" / "model.safetensors").is_file()


def test_merging_draws_nothing_from_the_run(tmp_path: Path):
    model = trained("llama", METHODS["lora"], tmp_path)
    folder, declared = opened("llama", tmp_path)
    save(model, tmp_path / "adapter", folder, None)
    before = torch.get_rng_state()

    merge(tmp_path / "adapter", folder, declared, tmp_path / "merged", None)

    assert torch.equal(before, torch.get_rng_state())
