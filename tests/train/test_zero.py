"""DeepSpeed: told what the plan says, and taking the steps that every other run takes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.utils import DeepSpeedPlugin

from recipe_lang.diagnostics.model import Stop
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.results import Evaluation
from recipe_lang.program.train import Distribute
from runtime.launch import train_in_processes
from runtime.loading import load_model, with_method
from runtime.run import Job, train_model
from runtime.train import adopt, zero
from runtime.train.tensors import trained_weights
from tests.train.processes import in_processes
from tests.train.recipe import opened, planned, run_folder, write_recipe
from tests.train.small import Data, StopAfter, metrics, plan, refuse, run, settings, table, tiny_model, with_lora
from tests.train.test_between import block, entry, kept

SHARED_FROM = 100
"""Numbers in a parameter that stage 3 shards; its own default leaves all parameters of a tiny model whole."""


def shared(stage: int) -> Distribute:
    return settings(f"distribute = deepspeed({stage})").distribute


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_plugin_is_told_what_the_plan_says(stage: int):
    declared = settings(distribute=shared(stage), clip_norm=0.5)

    plugin = DeepSpeedPlugin(hf_ds_config=zero.configuration(declared, "fp32"), zero3_init_flag=False)

    assert (plugin.zero_stage, plugin.gradient_clipping, plugin.gradient_accumulation_steps) == (stage, 0.5, 1)
    assert (plugin.hf_ds_config.is_zero2(), plugin.hf_ds_config.is_zero3()) == (stage == 2, stage == 3)
    assert plugin.hf_ds_config.is_offload() is False
    assert plugin.zero3_init_flag is False


def test_plugin_leaves_types_to_autocast():
    plugin = DeepSpeedPlugin(hf_ds_config=zero.configuration(settings(distribute=shared(2), clip_norm=None), "bf16"))

    plugin.set_mixed_precision("no")

    assert plugin.get_value("torch_autocast.dtype") == "bfloat16"
    assert (plugin.get_value("bf16.enabled"), plugin.get_value("fp16.enabled")) == (False, False)
    assert plugin.get_value("gradient_clipping") == 0.0


def made(family: str) -> torch.nn.Module:
    return with_lora(tiny_model()) if family == "lora" else tiny_model(family)


def alone(folder: Path, family: str = "llama", **changed: Any) -> dict[str, torch.Tensor]:
    """The weights that a run in one process ends with. `changed`: settings, and options of `run`."""
    model = made(family)
    options = {name: changed.pop(name) for name in ("progress", "resume", "data") if name in changed}
    run(plan(**changed), folder, model, report=lambda found: None, **options)
    return trained_weights(model)


def with_zero(stage: int, folder: Path, *arguments: Any, **options: Any) -> dict[str, torch.Tensor]:
    """As `alone`, one process of several."""
    os.environ.pop("ACCELERATE_USE_CPU")
    told = zero.configuration

    def sharing(*asked: Any) -> dict[str, Any]:
        found = told(*asked)
        found["zero_optimization"]["stage3_param_persistence_threshold"] = SHARED_FROM
        return found

    zero.configuration = sharing
    return alone(folder, *arguments, distribute=shared(stage), **options)


def validations(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "validation.jsonl").read_text().splitlines()]


def same(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=1e-4, atol=1e-5)


@pytest.fixture
def deepspeed() -> None:
    pytest.importorskip("deepspeed")


@pytest.mark.heavy
@pytest.mark.usefixtures("deepspeed")
@pytest.mark.parametrize("stage", [1, 2, 3])
class TestEveryStage:
    @pytest.mark.parametrize(
        ("family", "changed"),
        [
            ("llama", {"steps": 20}),
            ("llama", {"micro_batch": 1}),
            ("llama", {"clip_norm": None, "loss": "per_example"}),
            ("llama", {"gradient_checkpointing": True}),
            ("lora", {}),
            ("mixtral", {}),
            ("qwen2", {}),
            ("t5", {}),
        ],
    )
    def test_steps_are_those_of_one_process(self, tmp_path: Path, stage: int, family: str, changed: dict[str, Any]):
        alone(tmp_path / "one", family, **changed)

        in_processes(2, lambda: with_zero(stage, tmp_path / "two", family, **changed) and None)

        for one, two in zip(metrics(tmp_path / "one"), metrics(tmp_path / "two"), strict=True):
            assert two["loss"] == pytest.approx(one["loss"], rel=1e-5)
            assert two["grad_norm"] == pytest.approx(one["grad_norm"], rel=1e-4)
            assert two["learning_rate"] == one["learning_rate"]

    def test_bf16_is_computed_as_without_it(self, tmp_path: Path, stage: int, monkeypatch: pytest.MonkeyPatch):
        # Its rows are whole, and attention over them is in bf16.
        monkeypatch.setattr("runtime.train.setup.is_usual", lambda base: False)
        alone(tmp_path / "one", precision="bf16", steps=1)
        alone(tmp_path / "other", precision="fp32", steps=1)

        in_processes(2, lambda: with_zero(stage, tmp_path / "two", precision="bf16", steps=1) and None)

        one, other, two = (metrics(tmp_path / name)[0]["loss"] for name in ("one", "other", "two"))
        assert two == pytest.approx(one, rel=1e-6)
        assert two != pytest.approx(other, rel=1e-6)

    @pytest.mark.parametrize("processes", [2, 3])
    def test_goes_on_from_a_checkpoint_of_one_process(self, tmp_path: Path, stage: int, processes: int):
        expected = alone(tmp_path / "whole")
        with pytest.raises(Stop):
            alone(tmp_path / "parts", progress=StopAfter(3))

        # Three processes do not divide the model's 16 dimensions.
        for found in in_processes(processes, lambda: with_zero(stage, tmp_path / "parts", resume=True)):
            same(found, expected)

    @pytest.mark.parametrize("processes", [2, 3])
    def test_one_process_goes_on_from_its_checkpoint(self, tmp_path: Path, stage: int, processes: int):
        def interrupted() -> None:
            with pytest.raises(Stop):
                with_zero(stage, tmp_path / "parts", progress=StopAfter(3))

        expected = alone(tmp_path / "whole")
        in_processes(processes, interrupted)

        same(alone(tmp_path / "parts", resume=True), expected)

    def test_validation_is_that_of_one_process(self, tmp_path: Path, stage: int):
        data = Data({"first": {"train": table(12), "validation": table(5, seed=1)}}, 7)
        alone(tmp_path / "one", data=data)

        in_processes(2, lambda: with_zero(stage, tmp_path / "two", data=data) and None)

        (one, *_), (two, *_) = (validations(tmp_path / name) for name in ("one", "two"))
        assert two == one | {"loss": pytest.approx(one["loss"], rel=1e-5)}

    def test_gradient_that_is_lost_stops_the_run(self, tmp_path: Path, stage: int):
        def codes() -> list[str]:
            with pytest.raises(Stop) as stopped:
                with_zero(stage, tmp_path, learning_rate=1e30, clip_norm=None)
            return [found.code for found in stopped.value.diagnostics]

        assert set(map(tuple, in_processes(2, codes))) <= {("IFT750",), ("IFT751",)}


@pytest.mark.heavy
@pytest.mark.parametrize("stage", [1, 2])
def test_best_weights_are_kept(tmp_path: Path, stage: int, deepspeed: None):
    values = [0.1, 0.5, 0.3, 0.2, 0.5, 0.4]
    best = kept("first.rouge1")

    def trained() -> tuple[list[dict[str, torch.Tensor]], dict[str, torch.Tensor]]:
        os.environ.pop("ACCELERATE_USE_CPU")
        model, seen = tiny_model(), []

        def judge(step: int, blocks: list[Evaluate]) -> list[Evaluation]:
            seen.append({name: tensor.clone() for name, tensor in trained_weights(model).items()})
            return [entry(values[step - 1])]

        evaluated = plan(distribute=shared(stage), evaluations=[block()], checkpoint=best)
        assert run(evaluated, tmp_path, model, on_event=judge)[0].best_step == 2
        return seen, trained_weights(model)

    (seen, first), (_, second) = in_processes(2, trained)

    for found in (first, second):
        torch.testing.assert_close(found, seen[1], rtol=0, atol=0)


LORA = "method = lora(rank = 4)\nduration = 20 steps\nbatch = 4 examples"


@pytest.mark.heavy
def test_started_processes_take_the_steps_of_one(tmp_path: Path, deepspeed: None, capfd: pytest.CaptureFixture[str]):
    roots = [tmp_path / "one", tmp_path / "two"]
    for root in roots:
        root.mkdir()
    one = planned(write_recipe(roots[0], LORA))
    two = planned(write_recipe(roots[1], f"{LORA}\ndistribute = deepspeed(3)\ndevices = 2"))
    session = opened(one, roots[0])
    model = with_method(session, load_model(session, "small"))
    runs = run_folder(one, roots[0] / "run"), run_folder(two, roots[1] / "run")

    train_model(Job(one, session, runs[0], refuse), model)
    capfd.readouterr()
    outcome = train_in_processes(two, roots[1], runs[1], resume=False, report=refuse)

    assert outcome.steps == 20
    for line, other in zip(*map(metrics, runs), strict=True):
        assert other["loss"] == pytest.approx(line["loss"], rel=1e-5)
    assert capfd.readouterr().out == ""
    expected = trained_weights(model)
    adopt(model, runs[1] / "checkpoints", outcome.steps)
    same(trained_weights(model), expected)
