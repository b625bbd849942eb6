"""However a step is cut, its gradient is that of its loss by definition; known wrong ways to normalise are noticed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from peft import PrefixTuningConfig, PromptTuningConfig, get_peft_model

from runtime.models.methods import base_model
from runtime.train import batch as batch_module
from runtime.train.batch import Sample
from runtime.train.cut import Limit
from runtime.train.setup import make_setup
from runtime.train.step import Setup, accumulate_gradients
from tests.train.gradients import by_definition, difference, flat_gradient, usual_attention
from tests.train.processes import in_processes
from tests.train.small import PadToken, plan, table, tiny_model, with_lora

pytestmark = pytest.mark.usefixtures("attention")

FAMILIES = ["llama", "qwen2", "gpt2", "t5"]
PACKED = {"packing": True, "max_length": 60}
CUTS = [Limit(1, 0, 0), Limit(4, 0, 0), Limit(16, 0, 0), Limit(None, 64, 8)]


def samples() -> list[Sample]:
    made = table(16, seed=1)
    return [Sample(str(i), *made[i]) for i in range(16)]


def setup(family: str, dtype: torch.dtype = torch.float64, *, lora: bool = False, **settings) -> Setup:
    model = tiny_model(family, dtype)
    return make_setup(plan(batch=16, **settings), with_lora(model) if lora else model, PadToken())


def gradient(made: Setup, limit: Limit) -> tuple[float, torch.Tensor]:
    made.optimizer.zero_grad()
    losses = accumulate_gradients(made, 1, samples(), limit)
    return losses.labels, flat_gradient(made.model)


@pytest.mark.parametrize("loss", ["per_token", "per_example"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_cut_gives_the_gradient_of_the_step(family: str, loss: str):
    made = setup(family, loss=loss)
    expected_loss, expected = by_definition(made.model, samples(), loss)

    for limit in CUTS:
        found_loss, found = gradient(made, limit)
        assert found_loss == pytest.approx(expected_loss, rel=1e-12)
        assert difference(found, expected) <= 1e-12


@pytest.mark.parametrize(
    ("family", "settings"),
    [*((family, {}) for family in FAMILIES), *((family, PACKED) for family in FAMILIES if family != "t5")],
)
def test_fp32_stays_within_rounding(family: str, settings: dict):
    made = setup(family, torch.float32, **settings)
    _, expected = by_definition(made.model, samples(), "per_token")

    for limit in CUTS:
        assert difference(gradient(made, limit)[1], expected) <= 1e-6


def test_adapters_get_the_same_gradient():
    made = setup("llama", lora=True)
    _, expected = by_definition(made.model, samples(), "per_token")

    assert difference(gradient(made, Limit(4, 0, 0))[1], expected) <= 1e-12


@pytest.mark.parametrize("loss", ["per_token", "per_example"])
@pytest.mark.parametrize("family", ["llama", "qwen2", "gpt2"])
def test_packed_steps_have_the_gradient_of_padded_ones(family: str, loss: str):
    made = setup(family, loss=loss, packing=True, max_length=60)
    expected_loss, expected = by_definition(made.model, samples(), loss)

    for limit in (Limit(1, 0, 0), Limit(16, 0, 0), Limit(None, 50, 8)):
        found_loss, found = gradient(made, limit)
        assert found_loss == pytest.approx(expected_loss, rel=1e-12)
        assert difference(found, expected) <= 1e-12


def test_counting_the_first_token_of_a_packed_example_is_noticed(monkeypatch: pytest.MonkeyPatch):
    made = setup("llama", packing=True, max_length=60)
    _, expected = by_definition(made.model, samples(), "per_token")
    batch = made.layout.batch

    def with_first_tokens(rows):
        """The label at each boundary is the next example's first token."""
        built = batch(rows)
        starts = built.inputs["position_ids"][:, 1:] == 0
        built.keep[:, :-1] |= starts
        targets = torch.cat([built.inputs["input_ids"][:, 1:], torch.zeros(len(starts), 1, dtype=torch.int64)], 1)
        weights = torch.full(targets.shape, float(built.weights[0]))
        return replace(built, targets=targets[built.keep], weights=weights[built.keep])

    wrong = replace(made, layout=replace(made.layout, batch=with_first_tokens))

    assert difference(gradient(wrong, Limit(16, 0, 0))[1], expected) > 1e-3


def mean_of_means(made: Setup) -> Setup:
    batch = made.layout.batch

    def renormalised(rows):
        built = batch(rows)
        return replace(built, weights=built.weights / built.weights.sum() / 4)

    return replace(made, layout=replace(made.layout, batch=renormalised))


def test_mean_of_means_is_noticed():
    made = setup("llama")
    _, expected = by_definition(made.model, samples(), "per_token")

    assert difference(gradient(mean_of_means(made), Limit(4, 0, 0))[1], expected) > 1e-3


def test_unshifted_counts_are_noticed(monkeypatch: pytest.MonkeyPatch):
    made = setup("llama")
    first_trained = [replace(s, trained=s.trained | (s.trained.cumsum() == 0)) for s in samples()]
    monkeypatch.setattr("tests.train.test_exact.samples", lambda: first_trained)
    _, expected = by_definition(made.model, first_trained, "per_token")
    assert difference(gradient(made, Limit(4, 0, 0))[1], expected) <= 1e-12

    counted = batch_module.label_count
    monkeypatch.setattr(batch_module, "label_count", lambda sample, *, shifted: counted(sample, shifted=False))

    assert difference(gradient(made, Limit(4, 0, 0))[1], expected) > 1e-3


def test_logits_are_computed_at_labels_only():
    made, seen = setup("llama"), []
    made.model.get_output_embeddings().register_forward_hook(lambda _, __, logits: seen.append(logits.shape))

    gradient(made, Limit(16, 0, 0))

    labels = sum(int(sample.trained[1:].sum()) for sample in samples())
    assert seen == [torch.Size([labels, 97])]


@pytest.mark.parametrize("lora", [False, True])
def test_recomputed_activations_give_the_same_gradient(lora: bool):
    _, expected = by_definition(setup("llama", lora=lora).model, samples(), "per_token")
    made = setup("llama", lora=lora, gradient_checkpointing=True)
    called = []
    base_model(made.model).model.layers[0].mlp.register_forward_pre_hook(lambda *_: called.append(1))

    assert difference(gradient(made, Limit(16, 0, 0))[1], expected) <= 1e-12
    assert len(called) == 2


@pytest.mark.parametrize("kind", [PromptTuningConfig, PrefixTuningConfig])
@pytest.mark.parametrize(("family", "task"), [("llama", "CAUSAL_LM"), ("t5", "SEQ_2_SEQ_LM")])
def test_virtual_tokens_are_not_scored(family: str, task: str, kind: type):
    torch.manual_seed(0)
    model = get_peft_model(tiny_model(family, torch.float64), kind(task_type=task, num_virtual_tokens=3)).double()
    _, expected = by_definition(model, samples(), "per_token")
    made = make_setup(plan(batch=16), model, PadToken())

    for limit in CUTS:
        assert difference(gradient(made, limit)[1], expected) <= 1e-12


def routed(count: int = 16) -> Setup:
    model = tiny_model("mixtral", torch.float64)
    model.config.output_router_logits = True
    return make_setup(plan(batch=count), model, PadToken())


def router_by_definition(made: Setup, given: Sequence[Sample]) -> float:
    """Each example's own, weighted by its tokens."""
    read = [torch.from_numpy(sample.tokens[: made.layout.length(sample)].astype(np.int64)) for sample in given]
    with usual_attention(made.model):
        found = [made.model(input_ids=ids[None], use_cache=False).aux_loss.item() for ids in read]
    return made.model.config.router_aux_loss_coef * float(np.average(found, weights=[len(ids) for ids in read]))


def test_experts_own_loss_counts_each_micro_batch_by_its_tokens():
    made = routed()

    found = accumulate_gradients(made, 1, samples(), Limit(1, 0, 0)).router

    assert found == pytest.approx(router_by_definition(made, samples()), rel=1e-6)


def test_a_micro_batch_that_fills_up_adds_nothing_to_the_experts_own_loss():
    three = samples()[:3]
    expected = router_by_definition(routed(3), three)

    for found in in_processes(2, lambda: accumulate_gradients(routed(3), 1, three, Limit(1, 0, 0)).router):
        assert found == pytest.approx(expected, rel=1e-6)


def test_experts_own_loss_is_taken_once_a_step():
    """It is no sum over examples: how a step is cut moves it a little."""
    made = routed()

    whole, by_one = (accumulate_gradients(made, 1, samples(), limit).router for limit in (CUTS[2], CUTS[0]))

    assert whole == pytest.approx(by_one, rel=0.1)


def test_experts_are_not_moved_by_padding():
    made = setup("mixtral")
    _, expected = by_definition(made.model, samples(), "per_token")

    for limit in CUTS:
        assert difference(gradient(made, limit)[1], expected) <= 1e-12
