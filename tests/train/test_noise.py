"""NEFTune's noise is as large as each example's own length says, whatever stands beside it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from runtime.train.batch import Sample
from runtime.train.cut import Limit
from runtime.train.setup import make_setup
from runtime.train.step import accumulate_gradients
from tests.train.small import PadToken, plan, tiny_model

WIDTH, ALPHA = 16, 5.0


def example(length: int) -> Sample:
    trained = np.arange(length) >= length - 2
    return Sample(str(length), np.random.default_rng(length).integers(1, 90, length).astype(np.int32), trained)


def noises(family: str, lengths: list[int], limit: Limit, **settings) -> list[torch.Tensor]:
    """Noise of each example of a step, at the tokens that are read of it: the longest first."""
    made = make_setup(plan(neftune=ALPHA, **settings), tiny_model(family), PadToken())
    base = made.accelerator.unwrap_model(made.model)
    reader = base.get_encoder() if family == "t5" else base
    table, found = reader.get_input_embeddings(), []
    table.register_forward_hook(lambda module, given, output: found.extend(output - module.weight[given[0]]))
    accumulate_gradients(made, 1, [example(length) for length in lengths], limit)
    return found


def read(family: str, length: int) -> int:
    """A decoder reads up to the token before the last label, an encoder the prompt."""
    return length - 1 if family == "llama" else length - 2


@pytest.mark.parametrize("family", ["llama", "t5"])
@pytest.mark.parametrize("limit", [Limit(2, 0, 0), Limit(1, 0, 0)], ids=["together", "alone"])
def test_noise_goes_by_an_examples_own_length(family: str, limit: Limit, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("runtime.train.setup.is_usual", lambda base: False)
    for length, row in zip((40, 8), noises(family, [8, 40], limit), strict=True):
        own = read(family, length)
        largest = ALPHA / (own * WIDTH) ** 0.5
        assert 0.8 * largest < row[:own].abs().max() <= largest * 1.001


@pytest.mark.usefixtures("attention")
def test_packed_examples_have_noise_of_their_own():
    (row,) = noises("llama", [8, 40], Limit(2, 0, 0), packing=True, max_length=64)

    for part, own in ((row[:39], 39), (row[39:46], 7)):
        largest = ALPHA / (own * WIDTH) ** 0.5
        assert 0.8 * largest < part.abs().max() <= largest * 1.001
