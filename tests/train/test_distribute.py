"""Sharing the work: what was asked for or a clear no, and sharded runs that go on from anyone's checkpoint."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import torch
from accelerate.optimizer import AcceleratedOptimizer
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

import runtime.train.distribute as distribute
import runtime.train.setup as preparing
from recipe_lang.diagnostics.model import Stop
from recipe_lang.program.train import Distribute
from runtime.train.distribute import any_process, backends, make_accelerator, sharding, wait_for_all
from runtime.train.tensors import trained_weights
from tests.train.processes import in_processes
from tests.train.small import Data, StopAfter, metrics, plan, run, settings, table, tiny_model, with_lora

FSDP = settings("distribute = fsdp").distribute


def refusal(folder: Path, distribute: Distribute) -> str:
    with pytest.raises(Stop) as stopped:
        run(plan(distribute=distribute), folder)
    return stopped.value.diagnostics[0].code


def test_fsdp_on_a_cpu_is_refused_and_not_silently_copies(tmp_path: Path):
    assert set(in_processes(2, lambda: refusal(tmp_path, FSDP))) == {"IFT762"}


def test_arithmetic_that_would_not_be_done_is_refused(tmp_path: Path):
    with pytest.raises(Stop) as stopped:
        run(plan(precision="fp16"), tmp_path)

    assert stopped.value.diagnostics[0].code == "IFT079"


def keeps_waiting() -> tuple[bool, bool]:
    """Whether this process has waited for one that is late: between steps, and inside one."""
    distribute.STEP = timedelta(seconds=1)
    accelerator = make_accelerator(settings(), "fp32", experts=False)
    late = accelerator.process_index == 1

    def waited(meet: Callable[[], object]) -> bool:
        time.sleep(3 if late else 0)
        try:
            meet()
        except RuntimeError:
            return False
        return True

    return waited(wait_for_all), waited(lambda: any_process(accelerator, False))


def test_processes_wait_for_an_evaluation_longer_than_inside_a_step():
    in_time, _ = in_processes(2, keeps_waiting)

    assert in_time == (True, False)
    assert timedelta(hours=12) <= distribute.WAIT


def test_plugin_shards_as_declared():
    declared = (settings(f"distribute = fsdp(shard = {part})").distribute for part in ("full", "grads"))
    full, grads = (sharding(each, "bf16") for each in declared)

    assert (full.fsdp_version, full.reshard_after_forward) == (2, True)
    assert grads.reshard_after_forward is False


def reduced_gradient() -> float:
    """Mean over two processes of 256 and 1, each of which bf16 holds; it does not hold their sum."""
    make_accelerator(settings(), "fp32", experts=False)
    layer = torch.nn.Linear(2, 1, bias=False)
    fully_shard(layer, mp_policy=sharding(FSDP, "bf16").mixed_precision_policy)
    output = layer(torch.ones(1, 2))
    assert output.dtype == torch.bfloat16
    output.backward(torch.full_like(output, 256 if torch.distributed.get_rank() == 0 else 1))
    return layer.weight.grad.full_tensor()[0, 0].item()


def test_sharded_gradients_are_summed_in_fp32():
    assert in_processes(2, reduced_gradient) == [128.5, 128.5]


def test_offloaded_states_have_a_backend_beside_the_devices():
    assert backends("cuda") == "cuda:nccl,cpu:gloo"


def sharded(accelerator, model, optimizer):
    """What accelerate does with a model and its optimiser on accelerators, done with torch's own sharding on a CPU."""
    groups = [[id(p) for p in group["params"]] for group in optimizer.param_groups]
    names = {id(p): name for name, p in model.named_parameters()}
    named = [[names[i] for i in group] for group in groups]
    for module in model.modules():
        if type(module).__name__.endswith("DecoderLayer"):
            fully_shard(module)
    fully_shard(model)
    parameters = dict(model.named_parameters())
    for group, members in zip(optimizer.param_groups, named, strict=True):
        group["params"] = [parameters[name] for name in members]
    assert any(isinstance(p, DTensor) for p in model.parameters())
    return model, AcceleratedOptimizer(optimizer)


def sharded_run(folder: Path, lora: bool, **options):
    preparing.prepare = sharded
    model = with_lora(tiny_model()) if lora else tiny_model()
    run(plan(), folder, model, judged(), **options)
    return trained_weights(model)


def judged() -> Data:
    """Validated at each checkpoint."""
    return Data({"first": {"train": table(12), "validation": table(5)}})


def whole_run(folder: Path, lora: bool, **options):
    model = with_lora(tiny_model()) if lora else tiny_model()
    run(plan(), folder, model, judged(), **options)
    return trained_weights(model)


def same(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("lora", [False, True])
def test_sharded_training_gives_the_weights_of_whole_training(tmp_path: Path, lora: bool):
    expected = whole_run(tmp_path / "whole", lora)

    for found in in_processes(2, lambda: sharded_run(tmp_path / "sharded", lora)):
        same(found, expected)

    for one, two in zip(metrics(tmp_path / "whole"), metrics(tmp_path / "sharded"), strict=True):
        assert two["loss"] == pytest.approx(one["loss"], rel=1e-5)
        assert two["grad_norm"] == pytest.approx(one["grad_norm"], rel=1e-4)


def test_sharded_run_goes_on_from_a_whole_checkpoint(tmp_path: Path):
    expected = whole_run(tmp_path / "whole", lora=False)
    with pytest.raises(Stop):
        whole_run(tmp_path / "parts", lora=False, progress=StopAfter(3))

    for found in in_processes(2, lambda: sharded_run(tmp_path / "parts", False, resume=True, report=lambda d: None)):
        same(found, expected)


def interrupted(folder: Path) -> None:
    with pytest.raises(Stop):
        sharded_run(folder, False, progress=StopAfter(3))


def test_whole_run_goes_on_from_a_sharded_checkpoint(tmp_path: Path):
    expected = whole_run(tmp_path / "whole", lora=False)
    in_processes(2, lambda: interrupted(tmp_path / "parts"))

    same(whole_run(tmp_path / "parts", lora=False, resume=True, report=lambda d: None), expected)
