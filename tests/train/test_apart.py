"""Packed examples see only themselves, through the very forward call that training makes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from runtime.train.batch import Sample, causal_batch
from runtime.train.loss import label_logits
from runtime.train.setup import Setup, make_setup
from tests.train.gradients import usual_attention
from tests.train.small import PadToken, plan, tiny_model

FAMILIES = ["llama", "gpt2", "qwen2"]


def example(name: str, length: int, seed: int) -> Sample:
    tokens = np.random.default_rng(seed).integers(1, 90, length).astype(np.int32)
    return Sample(name, tokens, np.ones(length, dtype=bool))


FIRST, MIDDLE, OTHER, LAST = (example(str(n), length, n) for n, length in enumerate((7, 11, 11, 5)))


def setup(family: str) -> Setup:
    made = make_setup(plan(batch=4, packing=True, max_length=64), tiny_model(family), PadToken())
    made.model.eval()
    return made


def logits(made: Setup, samples: Sequence[Sample]) -> list[torch.Tensor]:
    """For each sample, its labels × vocabulary."""
    batch = made.layout.batch([[(sample, 1.0) for sample in samples]])
    with torch.no_grad():
        found, _ = label_logits(made.model, batch, made.heads)
    return list(found.split([len(sample.tokens) - 1 for sample in samples]))


def by_itself(made: Setup, sample: Sample) -> torch.Tensor:
    batch = causal_batch([[(sample, 1.0)]], pad=0)
    with torch.no_grad(), usual_attention(made.model):
        return label_logits(made.model, batch, made.heads)[0]


def check_neighbours(made: Setup) -> None:
    """Bit-equal when the example between them is another one."""
    (before, _, after), (still, _, same) = (logits(made, [FIRST, other, LAST]) for other in (MIDDLE, OTHER))

    assert torch.equal(before, still) and torch.equal(after, same)


def check_alone(made: Setup) -> None:
    """Equal to each example by itself, up to rounding in fp32."""
    for sample, packed in zip((FIRST, MIDDLE, LAST), logits(made, [FIRST, MIDDLE, LAST]), strict=True):
        assert (packed - by_itself(made, sample)).abs().max() < 1e-4


CHECKS = [check_neighbours, check_alone]


@pytest.mark.usefixtures("attention")
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_packed_examples_are_apart(family: str, check):
    check(setup(family))


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_with_the_cache_left_to_the_config_they_are_not(family: str, check, monkeypatch: pytest.MonkeyPatch):
    """What makes the checks above worth something: transformers makes a cache by default, and then masks nothing."""
    monkeypatch.setattr("runtime.train.setup.is_usual", lambda base: False)
    made = setup(family)
    kind = type(tiny_model(family))
    forward = kind.forward

    def without_the_setting(self, *args, use_cache=None, **inputs):
        return forward(self, *args, **inputs)

    monkeypatch.setattr(kind, "forward", without_the_setting)
    for module in (made.model, made.accelerator.unwrap_model(made.model)):
        module.__dict__.pop("forward", None)

    with pytest.raises(AssertionError):
        check(made)
