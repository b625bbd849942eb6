"""The fused LoRA layer is peft's: the same function and gradient, and peft's own where it is something else."""

from __future__ import annotations

import pytest
import torch
from peft import LoraConfig, get_peft_model

from runtime.train.lora import fuse, unfuse
from tests.train.gradients import difference, flat_gradient
from tests.train.small import tiny_model, with_lora

IDS = torch.arange(1, 25).view(2, 12)


def outcome(model: torch.nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    model.zero_grad()
    logits = model(input_ids=IDS).logits
    logits.square().mean().backward()
    return logits.detach(), flat_gradient(model)


def fused(model: torch.nn.Module) -> int:
    return sum("forward" in module.__dict__ for module in model.modules())


@pytest.mark.parametrize("family", ["llama", "qwen2"])
def test_logits_and_gradient_are_those_of_peft(family: str):
    model = with_lora(tiny_model(family, torch.float64))
    expected_logits, expected = outcome(model)

    fuse(model)

    logits, found = outcome(model)
    assert fused(model) == 14
    assert difference(logits, expected_logits) <= 1e-12
    assert difference(found, expected) <= 1e-12


def test_autocast_computes_in_its_own_type():
    model = with_lora(tiny_model())
    with torch.autocast("cpu", torch.bfloat16):
        expected_logits, expected = outcome(model)
        fuse(model)
        logits, found = outcome(model)

    assert logits.dtype == expected_logits.dtype
    assert difference(logits, expected_logits) <= 2e-2
    assert difference(found, expected) <= 5e-2


@pytest.mark.parametrize("options", [{"lora_dropout": 0.1}, {"use_dora": True}])
def test_what_is_not_plain_keeps_its_own_forward(options: dict):
    model = get_peft_model(tiny_model(), LoraConfig(r=2, target_modules="all-linear", **options))

    fuse(model)

    assert fused(model) == 0


def test_an_adapter_that_is_off_is_off():
    model = with_lora(tiny_model())
    with torch.no_grad(), model.disable_adapter():
        expected = model(input_ids=IDS).logits
        fuse(model)
        assert torch.equal(model(input_ids=IDS).logits, expected)

    unfuse(model)

    assert fused(model) == 0
