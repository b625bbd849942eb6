"""Mixtures of experts: adapters reach the experts that are named, or it is said that none does."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from recipe_lang.program.methods import Method
from runtime.models.adapters import attach, save
from runtime.models.facts import expert_problems, model_facts, target_problems
from runtime.models.folder import ModelFolder
from runtime.models.load import load
from runtime.models.merge import merge
from tests.models.opened import method_of, opened, refused, reopened
from tests.models.test_adapters import IDS, logits
from tests.models.tiny import tiny_model_folder

SIZES = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 512,
    "num_experts_per_tok": 2,
}
KINDS = {
    "qwen3_moe": SIZES | {"num_experts": 4, "moe_intermediate_size": 16},
    "mixtral": SIZES | {"num_local_experts": 4},
    "gpt_oss": SIZES | {"num_local_experts": 4},
}


def mixture(kind: str, tmp_path: Path) -> ModelFolder:
    """In the place of a tiny Llama, whose tokenizer it has."""
    folder = tiny_model_folder("llama", tmp_path)
    torch.manual_seed(0)
    ends = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    config = AutoConfig.for_model(kind, vocab_size=400, **KINDS[kind], **ends)
    AutoModelForCausalLM.from_config(config, dtype=torch.float32).save_pretrained(folder)
    return opened("llama", tmp_path)[0]


def trained(folder: ModelFolder, method: Method, tmp_path: Path) -> torch.nn.Module:
    adapted = attach(load(*opened("llama", tmp_path), trainable=False), method, 7)
    adapted(input_ids=IDS, labels=IDS).loss.backward()
    torch.optim.SGD([p for p in adapted.parameters() if p.requires_grad], lr=0.1).step()
    return adapted.eval()


@pytest.mark.parametrize("kind", KINDS)
def test_experts_that_are_named_are_trained_saved_and_merged(kind: str, tmp_path: Path):
    folder = mixture(kind, tmp_path)
    method = method_of('lora(rank = 2, targets = ["q_proj", "experts"])')

    model = trained(folder, method, tmp_path)
    save(model, tmp_path / "model", folder, folder.chat_template)
    merge(tmp_path / "model", folder, opened("llama", tmp_path)[1], tmp_path / "merged", folder.chat_template)

    grown = {name for name, part in model.named_parameters() if part.requires_grad and "experts" in name}
    assert len(grown) == 2 * 2 * 2
    assert all(part.grad.any() for name, part in model.named_parameters() if name in grown and "lora_B" in name)
    assert torch.equal(logits(model), logits(load(*reopened(tmp_path / "model"), trainable=False)))
    assert torch.allclose(logits(model), logits(load(*reopened(tmp_path / "merged"), trainable=False)), atol=1e-4)


def test_experts_that_no_adapter_reaches_are_told(tmp_path: Path):
    folder = mixture("qwen3_moe", tmp_path)
    facts = model_facts(folder)

    (found,) = expert_problems(method_of("lora"), "small", folder)

    assert (found.code, found.severity) == ("IFT714", "warning")
    assert f"{facts.experts / facts.parameters:.0%}" in found.message or "of its weights" in found.message
    assert facts.experts == 2 * 4 * 3 * 16 * 32
    assert expert_problems(method_of('lora(targets = ["experts"])'), "small", folder) == []
    assert expert_problems(method_of("full"), "small", folder) == []


@pytest.mark.parametrize(
    "target", ["experts", "experts.gate_up_proj", "gate_up_proj", "mlp.experts.down_proj", "lm_head", "q_proj"]
)
def test_what_the_loaded_model_has_can_be_named(target: str, tmp_path: Path):
    folder = mixture("qwen3_moe", tmp_path)

    assert target_problems([target], folder) == []
    assert trained(folder, method_of(f'lora(targets = ["{target}"])'), tmp_path)


def test_what_it_lacks_is_told_before_it_is_loaded_with_what_it_has(tmp_path: Path):
    folder = mixture("qwen3_moe", tmp_path)

    (found,) = target_problems(["experts.0.gate_proj"], folder)

    assert found.code == "IFT075"
    assert "`experts.gate_up_proj`" in found.help


@pytest.mark.parametrize("method", ["lora(dropout = 0.1", "lora(dora = true", "vera(rank = 4", "ia3("])
def test_a_method_without_a_form_for_experts_is_refused(method: str, tmp_path: Path):
    folder = mixture("qwen3_moe", tmp_path)
    call = method_of(f'{method}{"" if method.endswith("(") else ", "}targets = ["experts"])')

    assert refused(lambda: trained(folder, call, tmp_path)).code == "IFT074"
