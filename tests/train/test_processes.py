"""Two processes do what one does: the same rows a step, gradient and losses, and each other's checkpoints."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import runtime.train.between as between
import runtime.train.loop as loop
from recipe_lang.diagnostics.model import Stop
from runtime.models.adapters import attach
from runtime.train.cut import Limit
from tests.train.gradients import by_definition, difference
from tests.train.processes import in_processes
from tests.train.small import Data, StopAfter, metrics, plan, run, settings, table, tiny_model, weights
from tests.train.test_exact import PACKED, gradient, samples, setup


@pytest.mark.parametrize("lora", [False, True])
@pytest.mark.parametrize("settings", [{}, {"loss": "per_example"}, PACKED])
@pytest.mark.parametrize("family", ["llama", "t5"])
def test_two_processes_give_the_gradient_of_the_step(family: str, settings: dict, lora: bool):
    if family == "t5" and "packing" in settings:
        pytest.skip("encoder-decoder models are not packed")
    alone = setup(family, lora=lora).model
    expected_loss, expected = by_definition(alone, samples(), settings.get("loss", "per_token"))

    for limit in (Limit(8, 0, 0), Limit(1, 0, 0), Limit(None, 64, 8)):
        found = in_processes(2, lambda limit=limit: gradient(setup(family, lora=lora, **settings), limit))

        for found_loss, found_gradient in found:
            assert found_loss == pytest.approx(expected_loss, rel=1e-12)
            assert difference(found_gradient, expected) <= 1e-12


@pytest.mark.parametrize(("family", "settings"), [("llama", {}), ("llama", PACKED), ("t5", {})])
def test_two_processes_stay_within_rounding_in_fp32(family: str, settings: dict):
    _, expected = by_definition(tiny_model(family), samples(), "per_token")

    for _, found in in_processes(2, lambda: gradient(setup(family, torch.float32, **settings), Limit(4, 0, 0))):
        assert difference(found, expected) <= 1e-6


def test_missing_factor_of_processes_is_noticed():
    _, expected = by_definition(tiny_model("llama", torch.float64), samples(), "per_token")

    def without_factor():
        made = setup("llama")
        real = made.accelerator.backward
        made.accelerator.backward = lambda loss: real(loss / made.accelerator.num_processes)
        return gradient(made, Limit(8, 0, 0))[1]

    assert difference(in_processes(2, without_factor)[0], expected) > 1e-3


def mixture() -> Data:
    return Data({"first": {"train": table(12)}, "second": {"train": table(9, seed=1)}})


def rows_of_steps(folder: Path, **settings) -> list[list[str]]:
    """The rows that this process puts into micro-batches for each step, in order of their names."""
    steps: list[list[str]] = []
    real = loop.accumulate_gradients

    def noting(setup, *arguments):
        steps.append([])

        def collected(rows):
            # Those that fill up weigh nothing.
            steps[-1].extend(sample.row for row in rows for sample, weight in row if weight)
            return setup.layout.batch(rows)

        return real(replace(setup, layout=replace(setup.layout, batch=collected)), *arguments)

    loop.accumulate_gradients = noting
    try:
        run(plan(tasks=["first", "second"], epoch=21, **settings), folder, data=mixture())
    finally:
        loop.accumulate_gradients = real
    return [sorted(rows) for rows in steps]


@pytest.mark.parametrize("settings", [{}, {"micro_batch": 1}, {"packing": True}], ids=["whole", "by one", "packed"])
def test_rows_of_a_step_do_not_depend_on_how_it_is_cut_or_shared(tmp_path: Path, settings: dict):
    settings |= {"batch": 5, "steps": 8}
    expected = [
        sorted(f"{task}:{index + 100}" for task, index in draws)
        for draws in (drawn(step, **settings) for step in range(1, 9))
    ]

    alone = rows_of_steps(tmp_path / "one", **settings)
    shared = in_processes(2, lambda: rows_of_steps(tmp_path / "two", **settings))

    assert {row.partition(":")[0] for rows in expected for row in rows} == {"first", "second"}
    assert alone == expected
    assert [sorted(one + other) for one, other in zip(*shared, strict=True)] == expected


def drawn(step: int, **settings) -> list[tuple[str, int]]:
    return mixture().schedule(plan(tasks=["first", "second"], epoch=21, **settings).figures).step(step)


def unlike_devices(folder: Path, *, resume: bool) -> Limit:
    """The limit that a process goes on with, where checkpoints say one example and rank 1 is on another device."""
    described, found = between.describe_environment, []

    def describing(*arguments, **options):
        unlike = os.environ["RANK"] == "1" and resume
        return described(*arguments, **options) | ({"device": "another"} if unlike else {})

    class Going(Exception):
        pass

    def going(run, state, samples):
        found.append(state.limit)
        raise Going

    between.describe_environment = describing
    between.first_limit = lambda setup: Limit(None, 512 if resume else 8, 0)
    if resume:
        loop.learn = going
    with pytest.raises(Going if resume else Stop):
        run(plan(), folder, resume=resume, progress=StopAfter(2), report=lambda warning: None)
    return found[0] if resume else None


def test_processes_on_unlike_devices_go_on_with_the_limit_of_the_first(tmp_path: Path):
    in_processes(2, lambda: unlike_devices(tmp_path, resume=False))

    assert in_processes(2, lambda: unlike_devices(tmp_path, resume=True)) == [Limit(None, 8, 0)] * 2


def test_losses_of_two_processes_stay_with_those_of_one(tmp_path: Path):
    run(plan(steps=20), tmp_path / "one")
    in_processes(2, lambda: run(plan(steps=20), tmp_path / "two") and None)

    for one, two in zip(metrics(tmp_path / "one"), metrics(tmp_path / "two"), strict=True):
        assert two["loss"] == pytest.approx(one["loss"], rel=1e-5)
        assert two["tokens"] == one["tokens"]


def test_fewer_rows_than_processes(tmp_path: Path):
    in_processes(2, lambda: run(plan(batch=1, steps=3), tmp_path / "two") and None)
    run(plan(batch=1, steps=3), tmp_path / "one")

    for one, two in zip(metrics(tmp_path / "one"), metrics(tmp_path / "two"), strict=True):
        assert two["loss"] == pytest.approx(one["loss"], rel=1e-5)


def interrupted(folder: Path) -> int:
    with pytest.raises(Stop) as stopped:
        run(plan(), folder, progress=StopAfter(2))
    return stopped.value.exit_code


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1)])
def test_checkpoints_go_from_one_process_to_two_and_back(tmp_path: Path, first: int, second: int):
    whole = tiny_model()
    run(plan(), tmp_path / "whole", whole)

    def finish():
        warnings = []
        _, model = run(plan(), tmp_path / "parts", resume=True, report=warnings.append)
        assert [warning.code for warning in warnings] == ["IFT756"]
        return [p.detach() for p in model.parameters()]

    assert set(in_processes(first, lambda: interrupted(tmp_path / "parts"))) == {130}
    (resumed, *_) = in_processes(second, finish)

    for expected, found in zip(whole.parameters(), resumed, strict=True):
        torch.testing.assert_close(found, expected.detach(), rtol=1e-4, atol=1e-5)


def going_on(folders: list[Path]) -> tuple[str, str] | None:
    try:
        run(plan(), folders[int(os.environ["RANK"])], resume=True, report=lambda warning: None)
    except Stop as stop:
        return stop.diagnostics[0].code, stop.diagnostics[0].message
    except RuntimeError:
        # The other process is gone.
        return None


def test_a_node_that_lacks_the_checkpoint_gone_on_from_says_so(tmp_path: Path):
    """It may hold others, or none: it would train something else in step with the first one."""
    first, second = tmp_path / "first", tmp_path / "second"
    in_processes(1, lambda: interrupted(first))
    shutil.copytree(first, second)
    (second / "checkpoints/step-2").rename(second / "checkpoints/step-1")

    _, (code, message) = in_processes(2, lambda: going_on([first, second]))

    assert code == "IFT770"
    assert "step 2" in message


def test_processes_end_with_the_same_weights(tmp_path: Path):
    first, second = in_processes(2, lambda: weights(run(plan(), tmp_path)[1]))

    assert first == second


@pytest.mark.parametrize("kind", ["loha", "lokr"])
def test_modules_that_dropout_leaves_out_hold_up_no_process(tmp_path: Path, kind: str):
    method = settings(f"method = {kind}(rank = 2, alpha = 2, dropout = 0.5)").method

    def trained():
        return weights(run(plan(method=method), tmp_path, attach(tiny_model(), method, 0))[1])

    first, second = in_processes(2, trained)

    assert first == second
