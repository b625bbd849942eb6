"""Layers of a model's own kind: adapted where they are linear."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from runtime.models.layers import adapted_layers

SIZES = {"vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4}
KINDS = {
    "falcon": (SIZES, {"query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"}),
    "llama4_text": (
        SIZES | {"intermediate_size": 16, "intermediate_size_mlp": 16, "head_dim": 8, "num_local_experts": 2},
        {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"},
    ),
}


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize("kind", KINDS)
def test_layers_of_a_models_own_kind(kind: str, device: str):
    sizes, expected = KINDS[kind]
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **sizes))

    found = adapted_layers(model, None)

    assert {name.rpartition(".")[2] for name in found.modules} == expected
    assert adapted_layers(model, found.modules).modules == found.modules
