"""Validation between steps: by definition, on every process, and without a trace in training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from runtime.train.cut import Limit
from runtime.train.setup import make_setup
from runtime.train.validation import validate, validation_samples
from tests.train.gradients import label_losses
from tests.train.processes import in_processes
from tests.train.small import Data, PadToken, plan, run, table, tiny_model, weights, with_lora
from tests.train.test_resume import in_parts


def samples():
    return validation_samples({"first": table(9, seed=4)})["first"]


def setup():
    return make_setup(plan(), tiny_model("llama", torch.float64), PadToken())


def test_loss_is_the_mean_over_labels():
    made = setup()
    losses = torch.cat([label_losses(made.model, sample) for sample in samples()])

    for limit in (Limit(1, 0, 0), Limit(None, 64, 8)):
        found = validate(made, 1, "first", samples(), limit)
        assert found.loss == pytest.approx(losses.mean().item(), rel=1e-6)
        assert (found.examples, found.labels) == (9, len(losses))


def test_processes_lose_no_row_and_take_none_twice():
    alone = validate(setup(), 1, "first", samples(), Limit(2, 0, 0))

    for found in in_processes(2, lambda: validate(setup(), 1, "first", samples(), Limit(2, 0, 0))):
        assert found.model_dump() == pytest.approx(alone.model_dump())


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "validation.jsonl").read_text().splitlines()]


def data() -> Data:
    return Data({"first": {"train": table(12), "validation": table(5, seed=9)}})


def test_every_epoch_has_a_line(tmp_path: Path):
    run(plan(steps=6, epoch=12), tmp_path, data=data())

    assert [(line["step"], line["task"], line["examples"]) for line in lines(tmp_path)] == [
        (3, "first", 5),
        (6, "first", 5),
    ]


def test_validation_leaves_no_trace_in_training(tmp_path: Path):
    without, validated = (with_lora(tiny_model(), dropout=0.3) for _ in range(2))
    run(plan(), tmp_path / "without", without)
    run(plan(), tmp_path / "validated", validated, data())

    assert weights(without) == weights(validated)


def test_parts_have_the_lines_of_the_whole(tmp_path: Path):
    run(plan(), tmp_path / "whole", with_lora(tiny_model(), dropout=0.3), data())

    in_parts(tmp_path / "parts", [3, 1], lora=True, data=data())

    assert lines(tmp_path / "parts") == lines(tmp_path / "whole")
