"""The output head as a target: adapted where it is named, and merged where its weights are its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from runtime.models.adapters import save
from runtime.models.facts import target_problems
from runtime.models.load import load
from runtime.models.merge import merge
from tests.models.opened import method_of, opened, refused, reopened
from tests.models.test_adapters import logits, trained

METHOD = method_of('lora(rank = 4, targets = ["lm_head"])')


@pytest.mark.parametrize("kind", ["llama", "gpt2", "flan_t5"])
def test_it_is_trained_and_loaded_again(kind: str, tmp_path: Path):
    model, folder = trained(kind, METHOD, tmp_path), opened(kind, tmp_path)[0]
    save(model, tmp_path / "model", folder, None)

    assert target_problems(["lm_head"], folder) == []
    assert {name.split(".lora_")[0].rpartition(".")[2] for name, p in model.named_parameters() if p.requires_grad} == {
        "lm_head"
    }
    assert torch.equal(logits(model), logits(load(*reopened(tmp_path / "model"), trainable=False)))


def test_one_of_its_own_is_merged(tmp_path: Path):
    model, (folder, declared) = trained("flan_t5", METHOD, tmp_path), opened("flan_t5", tmp_path)
    save(model, tmp_path / "model", folder, None)

    merge(tmp_path / "model", folder, declared, tmp_path / "merged", None)

    assert torch.allclose(logits(model), logits(load(*reopened(tmp_path / "merged"), trainable=False)), atol=1e-4)


def test_one_that_shares_the_embeddings_is_not(tmp_path: Path):
    model, (folder, declared) = trained("llama", METHOD, tmp_path), opened("llama", tmp_path)
    save(model, tmp_path / "model", folder, None)

    diagnostic = refused(lambda: merge(tmp_path / "model", folder, declared, tmp_path / "merged", None))

    assert (diagnostic.code, "embeddings" in diagnostic.message) == ("IFT074", True)
