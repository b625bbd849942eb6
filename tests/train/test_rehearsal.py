"""Several processes run out of memory together: they rehearse what is larger than before, and agree on what fits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from recipe_lang.diagnostics.model import Stop
from runtime.train import checkpoint, memory
from tests.train.processes import in_processes
from tests.train.small import Data, StopAfter, metrics, plan, run, table, tiny_model, weights, with_lora


class Memory:
    """Lets micro-batches of at most so many tokens pass, as a device of that size."""

    def __init__(self, area: int) -> None:
        self.area, self.failures = area, 0

    def __call__(self, model, positional, named) -> None:
        if "logits_to_keep" in named and named["input_ids"].numel() > self.area:
            self.failures += 1
            raise torch.OutOfMemoryError("CUDA out of memory")


def small_device(area: int, folder: Path, **options) -> tuple[int, dict]:
    """Failures and weights of a run on devices of which the second holds so many tokens."""
    model = with_lora(tiny_model(), dropout=0.3)
    held = Memory(area if os.environ["RANK"] == "1" else 10_000)
    model.register_forward_pre_hook(held, with_kwargs=True)
    run(plan(batch=8), folder, model, held_out(), **options)
    return held.failures, weights(model)


def held_out() -> Data:
    return Data({"first": {"train": table(12), "validation": table(9)}})


def test_one_device_that_is_too_small_makes_all_of_them_halve(tmp_path: Path):
    (first, one), (second, two) = in_processes(2, lambda: small_device(50, tmp_path / "two"))

    assert first == 0 < second
    assert one == two
    assert [line["step"] for line in metrics(tmp_path / "two")] == [1, 2, 3, 4, 5, 6]
    newest, _ = checkpoint.newest(tmp_path / "two/checkpoints")
    assert newest.state.limit.area <= 50


def interrupted(area: int, folder: Path) -> None:
    with pytest.raises(Stop):
        small_device(area, folder, progress=StopAfter(3))


def test_what_was_agreed_is_kept_when_resuming(tmp_path: Path):
    ((failures, whole), *_) = in_processes(2, lambda: small_device(50, tmp_path / "whole"))[1:]
    in_processes(2, lambda: interrupted(50, tmp_path / "parts"))
    _, (again, resumed) = in_processes(2, lambda: small_device(50, tmp_path / "parts", resume=True))

    assert resumed == whole
    assert failures > again == 0


def test_a_row_that_fits_on_no_device_is_named(tmp_path: Path):
    def refused() -> str:
        with pytest.raises(Stop) as stopped:
            small_device(3, tmp_path)
        return stopped.value.diagnostics[0].message

    first, second = in_processes(2, refused)

    assert first == second
    assert "one example of" in first


def trained(folder: Path, *, rehearsing: bool) -> tuple[int, dict, list[int]]:
    """Micro-batches computed, weights, and the areas rehearsed."""
    if not rehearsing:
        memory._rehearsed = lambda run, step, samples, limit: limit
    areas: list[int] = []
    real = memory.one_gradient

    def noting(setup, step, samples, rows):
        areas.append(len(rows) * max(sum(setup.layout.length(samples[i]) for i in row) for row in rows))
        real(setup, step, samples, rows)

    memory.one_gradient = noting
    calls: list[int] = []
    model = with_lora(tiny_model(), dropout=0.3)
    model.register_forward_pre_hook(lambda *_: calls.append(1))
    run(plan(batch=8, steps=12, micro_batch=2), folder, model)
    return len(calls), weights(model), areas


def test_a_rehearsal_leaves_no_trace(tmp_path: Path):
    (more, found, areas), _ = in_processes(2, lambda: trained(tmp_path / "with", rehearsing=True))
    (fewer, expected, _), _ = in_processes(2, lambda: trained(tmp_path / "without", rehearsing=False))

    assert found == expected
    assert (tmp_path / "with/metrics.jsonl").read_bytes() == (tmp_path / "without/metrics.jsonl").read_bytes()
    assert more - fewer == len(areas)
    # Before the optimiser has states, and anew beside them; from then on only what is larger.
    assert len(areas) >= 2
    assert areas[1:] == sorted(set(areas[1:]))
    assert len(areas) < 12
