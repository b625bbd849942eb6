"""Optimisers by name, each going on from its checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from recipe_lang.diagnostics.model import Stop
from runtime.models.adapters import attach
from runtime.train.checkpoint import newest
from runtime.train.optimizer import parameter_groups
from tests.train.small import SIZES, StopAfter, metrics, plan, run, settings, tiny_model, weights

ADAFACTOR = settings("optimizer = adafactor(weight_decay = 0.01)").optimizer
ADAMW = settings("optimizer = adamw(weight_decay = 0.1, betas = [0.8, 0.9], eps = 1e-6)").optimizer
EIGHT_BIT = settings("optimizer = adamw_8bit").optimizer


@pytest.mark.parametrize("optimizer", [ADAMW, ADAFACTOR], ids=["adamw", "adafactor"])
def test_goes_on_to_the_same_bits(tmp_path: Path, optimizer):
    changed = {"optimizer": optimizer, "schedule": plan().program.train.schedule}
    whole, resumed = tiny_model(), tiny_model()
    run(plan(**changed), tmp_path / "whole", whole)
    with pytest.raises(Stop):
        run(plan(**changed), tmp_path / "parts", progress=StopAfter(3))

    run(plan(**changed), tmp_path / "parts", resumed, resume=True)

    assert weights(whole) == weights(resumed)
    assert metrics(tmp_path / "whole")[-1]["loss"] < metrics(tmp_path / "whole")[0]["loss"]


def test_a_state_of_eight_bits_goes_on_to_the_same_bits(tmp_path: Path):
    """bitsandbytes quantises the states of parameters of 4,096 elements and more."""
    pytest.importorskip("bitsandbytes")
    wide = SIZES | {"hidden_size": 64, "intermediate_size": 128}

    def model() -> torch.nn.Module:
        torch.manual_seed(3)
        return LlamaForCausalLM(LlamaConfig(**wide))

    changed = {"optimizer": EIGHT_BIT, "learning_rate": 1e-3}
    whole, resumed = model(), model()
    run(plan(**changed), tmp_path / "whole", whole)
    with pytest.raises(Stop):
        run(plan(**changed), tmp_path / "parts", model(), progress=StopAfter(3))

    run(plan(**changed), tmp_path / "parts", resumed, resume=True)

    states = newest(tmp_path / "parts" / "checkpoints")[0].optimizer()
    assert states["state1:model.layers.0.mlp.up_proj.weight"].dtype == torch.uint8
    assert weights(whole) == weights(resumed)
    assert metrics(tmp_path / "whole")[-1]["loss"] < metrics(tmp_path / "whole")[0]["loss"]


def test_scales_of_ia3_do_not_decay():
    """They rest at one; decay would pull them to zero."""
    model = attach(tiny_model(), settings("method = ia3").method, 0)

    (spared,) = parameter_groups(model, 0.1)

    assert spared["weight_decay"] == 0.0


def test_norms_and_biases_do_not_decay():
    model = tiny_model("gpt2")

    decaying, spared = parameter_groups(model, 0.1)

    assert (decaying["weight_decay"], spared["weight_decay"]) == (0.1, 0.0)
    names = {id(p): name for name, p in model.named_parameters()}
    assert all(("ln_" in names[id(p)]) or names[id(p)].endswith("bias") for p in spared["params"])
    assert len(decaying["params"]) + len(spared["params"]) == len(names)


def test_label_smoothing_and_noise_change_the_loss(tmp_path: Path):
    for name, changed in {"plain": {}, "smooth": {"label_smoothing": 0.1}, "noisy": {"neftune": 5.0}}.items():
        run(plan(**changed), tmp_path / name)
    plain, smooth, noisy = (metrics(tmp_path / name)[-1]["loss"] for name in ("plain", "smooth", "noisy"))

    assert len({plain, smooth, noisy}) == 3


def test_noise_is_taken_off_the_model_that_is_left(tmp_path: Path):
    model = tiny_model()

    run(plan(neftune=5.0), tmp_path, model)

    assert not model.get_input_embeddings()._forward_hooks
