"""Memory of a training step: exact counts of what the method trains and how it is stored and shared."""

from __future__ import annotations

import pytest

from recipe_lang.plan.memory import step_memory, trainable_parameters
from recipe_lang.program.facts import ModelFacts
from tests.compiled import model
from tests.train.small import settings

LAYERS = {"q_proj": (2, 32, 32), "down_proj": (2, 64, 32)}
MODEL = ModelFacts.model_construct(
    parameters=20_000,
    layers=2,
    hidden=32,
    intermediate=64,
    heads=4,
    key_value_heads=2,
    head_dim=8,
    vocabulary=100,
    tied_embeddings=True,
    linear_layers=LAYERS,
)


def train(*written: str, method: str = "lora(rank = 4)", **changed):
    return settings(f"method = {method}", *written, **changed)


def memory(*written: str, precision: str | None = None, **changed):
    declared = model(precision=precision)
    return step_memory(train(*written, **changed), declared, MODEL, micro_batch=1, length=10, labels=5)


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ("all_linear", 2 * 4 * 64 + 2 * 4 * 96),
        ('["self_attn.q_proj"]', 2 * 4 * 64),
        ('["proj"]', None),
        ('["q_proj", "experts"]', None),
        ('["lm_head"]', 4 * (32 + 100)),
        ('["down_proj"]', 2 * 4 * 96),
    ],
)
def test_targets_are_endings_of_names(targets, expected):
    assert trainable_parameters(train(method=f"lora(rank = 4, targets = {targets})"), MODEL) == expected


def test_new_tokens_are_trained_with_an_adapter():
    with_tokens = trainable_parameters(train(new_tokens=["<a>", "<b>"]), MODEL)

    assert with_tokens - trainable_parameters(train(), MODEL) == 2 * 32


def test_quantised_layers_take_few_bits():
    linear = sum(count * inputs * outputs for count, inputs, outputs in LAYERS.values())
    whole, four = memory().weights, memory(method="qlora(rank = 4)").weights

    assert whole - four == linear * 2 - linear // 2


def test_sharded_devices_share_what_is_said():
    alone = memory()
    full, grads = (memory(f"distribute = fsdp(shard = {shard})", devices=4) for shard in ("full", "grads"))

    assert (full.weights, full.gradients, full.optimizer) == (
        alone.weights // 4,
        alone.gradients // 4,
        alone.optimizer // 4,
    )
    assert (grads.weights, grads.optimizer) == (alone.weights, alone.optimizer // 4)
    assert full.activations == alone.activations


def test_each_stage_of_deepspeed_shares_more():
    alone = memory()
    first, second, third = (memory(f"distribute = deepspeed({stage})", devices=4) for stage in (1, 2, 3))

    # Beside AdamW's 8 bytes a parameter stands a copy of it.
    assert first.optimizer == second.optimizer == third.optimizer == alone.optimizer * 12 // 8 // 4
    assert (first.weights, first.gradients) == (alone.weights, alone.gradients)
    assert (second.weights, second.gradients) == (alone.weights, alone.gradients // 4)
    assert (third.weights, third.gradients) == (alone.weights // 4, alone.gradients // 4)


def test_frozen_weights_are_stored_as_they_are_computed_in():
    assert memory(precision="fp32").weights - memory().weights == MODEL.parameters * 2


def test_a_size_that_is_not_known_leaves_its_parts_open():
    def of(**changed):
        known = MODEL.model_copy(update=changed)
        return step_memory(train(), model(), known, micro_batch=1, length=10, labels=5)

    whole, without_heads, without_words = of(), of(heads=None), of(vocabulary=None)

    assert (without_heads.activations, without_heads.total, without_heads.logits) == (None, None, whole.logits)
    assert (without_words.logits, without_words.total) == (None, None)
    assert without_heads.weights == without_words.weights == whole.weights


def test_embeddings_that_are_not_tied_train_new_tokens_twice():
    untied, tokens = MODEL.model_copy(update={"tied_embeddings": False}), {"new_tokens": ["<a>", "<b>"]}

    assert trainable_parameters(train(**tokens), untied) - trainable_parameters(train(**tokens), MODEL) == 2 * 32


def test_dora_trains_a_magnitude_for_each_output():
    plain, dora = (trainable_parameters(train(method=f"lora(rank = 4{more})"), MODEL) for more in ("", ", dora = true"))

    assert dora - plain == 2 * 32 + 2 * 32


def test_checkpointing_keeps_one_layer_at_a_time():
    """In bf16, ten tokens: each layer's input is kept, and what one layer computes."""
    whole, kept = memory().activations, memory("gradient_checkpointing = true").activations

    assert kept == 2 * 10 * (2 * 32 + whole // (2 * 10 * 2))
