"""Packs: inside one step, examples apart, refused on a model that does not keep them apart."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.diagnostics.model import Stop
from runtime.train.cut import Limit
from runtime.train.distribute import without_training
from runtime.train.isolation import leak
from runtime.train.layout import make_layout
from runtime.train.packing import pack
from runtime.train.setup import make_setup
from tests.train.small import CONFIGS, VOCABULARY, PadToken, plan, run, settings, tiny_model


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40), st.integers(1, 60))
def test_every_example_is_packed_once_and_rows_fit(lengths: list[int], capacity: int):
    rows = pack(lengths, capacity)

    assert sorted(i for row in rows for i in row) == list(range(len(lengths)))
    assert all(sum(lengths[i] for i in row) <= capacity or len(row) == 1 for row in rows)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=40), st.integers(2, 8))
def test_packs_are_shared_among_processes(lengths: list[int], processes: int):
    """No pack holds more than the share of one process, unless a single example does."""
    layout = make_layout(CONFIGS["llama"](), settings(packing=True, max_length=1_000), 0, processes=processes)

    rows = layout.rows(lengths, Limit(None, 2**31, 2048))

    packed = [sum(lengths[i] for i in row) for row in rows]
    assert max(packed) <= max(max(lengths), math.ceil(sum(lengths) / processes))
    assert len(rows) >= min(processes, sum(lengths) / max(lengths))


def test_packs_are_no_longer_than_what_the_model_reads():
    layout = make_layout(CONFIGS["llama"](), settings(packing=True), 0)

    rows = layout.rows([20] * 12, Limit(None, 2**31, 2048))

    assert [len(row) for row in rows] == [3] * 4


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("family", ["llama", "qwen2", "gpt2", "mixtral"])
def test_models_that_keep_examples_apart_pass(family: str, apart: bool):
    model = tiny_model(family)
    layout = make_layout(model.config, settings(packing=True, max_length=64), 0, apart=apart)

    with without_training(model):
        assert leak(model, model, layout, VOCABULARY) == 0


@pytest.mark.usefixtures("attention")
def test_layers_that_mix_neighbours_are_noticed():
    """Whatever a model does beside attention: here a convolution over what it reads."""
    model = tiny_model()
    model.get_input_embeddings().register_forward_hook(lambda _, __, found: found + found.roll(1, dims=1))

    assert not make_setup(plan(), model, PadToken()).layout.apart
    with pytest.raises(Stop) as stopped:
        make_setup(plan(packing=True), model, PadToken())
    assert stopped.value.diagnostics[0].code == "IFT758"


def test_model_that_lets_examples_see_each_other_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("runtime.train.setup.is_usual", lambda base: False)
    model = tiny_model()
    forward = type(model).forward

    def with_a_mask(self, input_ids, position_ids=None, **inputs):
        return forward(self, input_ids, torch.ones_like(input_ids), position_ids, **inputs)

    monkeypatch.setattr(type(model), "forward", with_a_mask)

    with pytest.raises(Stop) as stopped:
        run(plan(packing=True), tmp_path, model)

    assert stopped.value.diagnostics[0].code == "IFT758"
    assert not (tmp_path / "metrics.jsonl").exists()


def test_model_without_positions_is_refused():
    import transformers

    config = transformers.BloomConfig(vocab_size=97, hidden_size=16, n_layer=1, n_head=2)
    model = transformers.AutoModelForCausalLM.from_config(config).eval()

    with pytest.raises(Stop):
        make_setup(plan(packing=True), model, PadToken())


@pytest.mark.usefixtures("attention")
def test_packed_run_takes_the_same_steps(tmp_path: Path):
    run(plan(packing=False), tmp_path / "padded")
    run(plan(packing=True), tmp_path / "packed")

    from tests.train.small import metrics

    for padded, packed in zip(metrics(tmp_path / "padded"), metrics(tmp_path / "packed"), strict=True):
        assert padded["tokens"] == packed["tokens"]
        assert padded["loss"] == pytest.approx(packed["loss"], rel=1e-5)
