"""What headers say is what a loaded model has."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from runtime.models.adapters import attach
from runtime.models.facts import model_facts, target_problems
from runtime.models.layers import adapted_layers
from runtime.models.load import load
from tests.models.opened import KINDS, method_of, opened, refused


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_are_counted_as_loaded(kind: str, tmp_path: Path):
    folder, model = opened(kind, tmp_path)

    loaded = load(folder, model, trainable=False)

    facts = model_facts(folder)
    assert facts.parameters == sum(parameter.numel() for parameter in loaded.parameters())
    assert facts.vocabulary == loaded.get_input_embeddings().num_embeddings
    assert facts.hidden == loaded.get_input_embeddings().embedding_dim
    assert facts.architecture == type(loaded).__name__


@pytest.mark.parametrize("kind", KINDS)
def test_linear_layers_are_those_that_adapters_get(kind: str, tmp_path: Path):
    folder, model = opened(kind, tmp_path)
    rank = 4

    adapted = attach(load(folder, model, trainable=False), method_of(f"lora(rank = {rank})"), seed=0)

    layers = model_facts(folder).linear_layers.values()
    expected = sum(count * rank * (inputs + outputs) for count, inputs, outputs in layers)
    assert expected == sum(p.numel() for p in adapted.parameters() if p.requires_grad)


def test_layers_of_one_name_and_two_sizes_are_told_apart(tmp_path: Path):
    facts = model_facts(opened("gpt2", tmp_path)[0])

    assert facts.linear_layers["attn.c_proj"] == (2, 32, 32)
    assert facts.linear_layers["mlp.c_proj"] == (2, 64, 32)


def test_attention_and_context_come_from_the_config(tmp_path: Path):
    facts = model_facts(opened("llama", tmp_path)[0])

    assert (facts.layers, facts.heads, facts.key_value_heads, facts.head_dim, facts.context) == (2, 4, 2, 8, 512)


def test_a_model_with_relative_positions_states_no_context(tmp_path: Path):
    facts = model_facts(opened("t5", tmp_path)[0])

    assert (facts.kind, facts.context, facts.layers) == ("seq2seq", None, 4)


def test_a_tied_head_that_the_file_repeats_counts_once(tmp_path: Path):
    before = model_facts(opened("llama", tmp_path)[0])
    file = tmp_path / "llama" / "model.safetensors"
    tensors = load_file(file)
    save_file(tensors | {"lm_head.weight": tensors["model.embed_tokens.weight"]}, file, {"format": "pt"})

    assert model_facts(opened("llama", tmp_path)[0]).parameters == before.parameters


@pytest.mark.parametrize("keep", [0, 4, 100, -1])
def test_weights_that_are_cut_short_are_damaged(tmp_path: Path, keep: int):
    opened("llama", tmp_path)
    file = tmp_path / "llama" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])

    assert refused(lambda: model_facts(opened("llama", tmp_path)[0])).code == "IFT069"


@pytest.mark.parametrize("kind", KINDS)
def test_targets_are_looked_for_before_anything_is_loaded(kind: str, tmp_path: Path):
    folder, model = opened(kind, tmp_path)
    layers = adapted_layers(load(folder, model, trainable=False), None).modules

    assert target_problems(layers, folder) == []
    (found,) = target_problems(["q_prj", *layers], folder)
    assert (found.code, found.pointer) == ("IFT075", "/train/method")
    assert "`q_prj`" in found.message
