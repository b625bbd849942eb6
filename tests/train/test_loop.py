"""The loop as a whole: it learns, records every step, and does the same twice."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from tests.train.small import metrics, plan, run, tiny_model, weights, with_lora


def test_loss_falls(tmp_path: Path):
    outcome, _ = run(plan(steps=30, epoch=12, learning_rate=3e-2), tmp_path)

    losses = [line["loss"] for line in metrics(tmp_path)]
    assert losses[0] == pytest.approx(math.log(97), rel=0.1)
    assert outcome.last_loss == losses[-1] < losses[0] / 2


def test_every_step_has_one_line(tmp_path: Path):
    outcome, _ = run(plan(steps=5), tmp_path)

    lines = metrics(tmp_path)
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5]
    assert all(list(line) == ["step", "loss", "learning_rate", "tokens", "grad_norm"] for line in lines)
    assert outcome.steps == 5
    assert outcome.tokens == sum(line["tokens"] for line in lines)
    assert outcome.seconds > 0


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_two_runs_give_the_same_bits(tmp_path: Path, precision: str):
    models = [with_lora(tiny_model(), dropout=0.2) for _ in range(2)]
    for name, model in zip("ab", models, strict=True):
        run(plan(precision=precision), tmp_path / name, model)

    assert (tmp_path / "a/metrics.jsonl").read_bytes() == (tmp_path / "b/metrics.jsonl").read_bytes()
    assert weights(models[0]) == weights(models[1])


def test_another_seed_gives_another_run(tmp_path: Path):
    for seed in (1, 2):
        run(plan(seed=seed), tmp_path / str(seed))

    assert metrics(tmp_path / "1") != metrics(tmp_path / "2")


def test_a_build_for_accelerators_computes_on_a_machine_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def built_for_cuda(check_available: bool = False) -> torch.device | None:
        return None if check_available else torch.device("cuda")

    monkeypatch.setattr(torch.accelerator, "current_accelerator", built_for_cuda)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: pytest.fail("asked a device that is not there"))

    assert run(plan(precision=None), tmp_path)[0].steps == 6
