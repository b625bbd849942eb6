"""The real model: the same gradient however a step is cut or packed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from runtime.models.folder import model_folder
from runtime.models.load import load
from runtime.train.batch import Sample
from runtime.train.cut import Limit
from runtime.train.setup import make_setup
from runtime.train.step import accumulate_gradients
from tests.models.opened import SMOLLM2
from tests.train.gradients import by_definition, difference, flat_gradient
from tests.train.small import PadToken, plan, with_lora

pytestmark = pytest.mark.heavy


def samples() -> list[Sample]:
    random = np.random.default_rng(0)
    lengths = [12, 40, 25, 18]
    tokens = [random.integers(100, 40_000, length).astype(np.int32) for length in lengths]
    return [Sample(str(n), t, np.arange(n) >= n // 2) for n, t in zip(lengths, tokens, strict=True)]


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Threads split sums by shape: a gradient in fp32 then moves by 2e-5, as much as it is away from that in fp64."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("kind", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_every_cut_gives_the_gradient_of_the_step(one_thread: None, kind: torch.dtype, tolerance: float):
    loaded = load(model_folder(SMOLLM2, Path(), fetch=True), SMOLLM2, trainable=True).requires_grad_(False)
    model = with_lora(loaded).to(kind)
    _, expected = by_definition(model, samples(), "per_token")

    for settings in ({}, {"packing": True, "max_length": 100}):
        made = make_setup(plan(batch=4, **settings), model, PadToken())
        for limit in (Limit(1, 0, 0), Limit(2, 0, 0), Limit(4, 0, 0)):
            made.optimizer.zero_grad()
            accumulate_gradients(made, 1, samples(), limit)
            assert difference(flat_gradient(made.model), expected) <= tolerance
