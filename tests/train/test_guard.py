"""What stops a run: a lost loss, memory, nothing to learn, a disk that refuses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import runtime.train.guard as guard
import runtime.train.loop as loop
import runtime.train.validation as validation
from recipe_lang.diagnostics.model import Stop
from tests.train.small import Data, StopAfter, plan, run, settings, table, tiny_model, weights

EACH_STEP = settings("checkpoint.every = 1 step").checkpoint


def stopped_by(folder: Path, *arguments, **options) -> Stop:
    with pytest.raises(Stop) as stopped:
        run(*arguments, folder, **options)
    return stopped.value


def spoil(monkeypatch: pytest.MonkeyPatch, at: int, value: float) -> None:
    """Makes the loss of a step `value`."""
    real = loop.accumulate_gradients

    def spoiled(setup, step, samples, limit):
        losses = real(setup, step, samples, limit)
        return replace(losses, labels=value) if step == at else losses

    monkeypatch.setattr(loop, "accumulate_gradients", spoiled)


def test_loss_that_is_no_number_stops_with_step_rows_and_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    spoil(monkeypatch, at=3, value=float("nan"))

    stop = stopped_by(tmp_path, plan(checkpoint=EACH_STEP))

    (diagnostic,) = stop.diagnostics
    assert (diagnostic.code, stop.exit_code) == ("IFT750", 4)
    assert "step 3" in diagnostic.message
    assert "`first:1" in diagnostic.message
    assert "learning rate of 0.01" in diagnostic.help
    assert "checkpoints/step-2" in diagnostic.help


def test_lost_loss_does_not_reach_the_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    two_steps, lost = tiny_model(), tiny_model()
    stopped_by(tmp_path / "two", plan(), model=two_steps, progress=StopAfter(2))
    spoil(monkeypatch, at=3, value=float("nan"))

    stopped_by(tmp_path / "lost", plan(), model=lost)

    assert weights(lost) == weights(two_steps)


def test_validation_loss_that_is_no_number_stops_with_the_checkpoint_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    real = validation.label_logits

    def spoiled(model, batch, heads):
        logits, output = real(model, batch, heads)
        return logits.fill_(torch.nan), output

    monkeypatch.setattr(validation, "label_logits", spoiled)
    data = Data({"first": {"train": table(12), "validation": table(9)}})

    for resume in (False, True):
        (diagnostic,) = stopped_by(tmp_path, plan(checkpoint=EACH_STEP), data=data, resume=resume).diagnostics
        assert diagnostic.code == "IFT750"
        assert "validation loss is not a number at step 3" in diagnostic.message
        assert "checkpoints/step-2" in diagnostic.help


def test_exploding_loss_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    spoil(monkeypatch, at=4, value=50.0)

    assert stopped_by(tmp_path, plan()).diagnostics[0].code == "IFT751"


def diverging(monkeypatch: pytest.MonkeyPatch, *, first: float, high: float, after: int = 10) -> None:
    """Losses of a model that begins with `first` and settles at `high`."""
    real = loop.accumulate_gradients

    def spoiled(setup, step, samples, limit):
        return replace(real(setup, step, samples, limit), labels=first if step <= after else high)

    monkeypatch.setattr(loop, "accumulate_gradients", spoiled)


def test_loss_that_settles_below_guessing_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """ln 97 is 4.6: unigrams of real text are at two thirds of guessing."""
    diverging(monkeypatch, first=1.0, high=3.1)

    stop = stopped_by(tmp_path, plan(steps=40))

    (diagnostic,) = stop.diagnostics
    assert (diagnostic.code, stop.exit_code) == ("IFT751", 4)
    assert "2.37 on average over the 20 steps up to step 23, 1 at the first" in diagnostic.message
    assert "`first:1" in diagnostic.message


def test_settled_loss_is_found_at_the_same_step_by_a_resumed_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    diverging(monkeypatch, first=1.0, high=3.1)
    stopped_by(tmp_path, plan(steps=40), progress=StopAfter(15))

    assert "step 23" in stopped_by(tmp_path, plan(steps=40), resume=True).diagnostics[0].message


@pytest.mark.parametrize(("first", "high"), [(1.0, 1.9), (1.0, 2.2), (2.5, 4.5)], ids=["less", "sure", "from high"])
def test_loss_that_is_high_and_not_lost_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: float, high: float
):
    diverging(monkeypatch, first=first, high=high)

    assert run(plan(steps=25), tmp_path)[0].steps == 25


@pytest.mark.parametrize(("overflow", "steps"), [(range(2, 9), 6), ((1, 2, 3, 4, 6, 7, 8), None)])
def test_gradients_that_overflow_in_a_row_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overflow: Sequence[int], steps: int | None
):
    made, norm, taken = loop.make_setup, loop.gradient_norm, iter(range(1, 100))

    def scaled(*arguments):
        setup = made(*arguments)
        setup.accelerator.scaler = torch.amp.GradScaler("cpu")
        return setup

    monkeypatch.setattr(guard, "DROPPED", 5)
    monkeypatch.setattr(loop, "make_setup", scaled)
    monkeypatch.setattr(loop, "gradient_norm", lambda setup: torch.inf if next(taken) in overflow else norm(setup))

    if steps is None:
        assert run(plan(steps=9), tmp_path)[0].steps == 9
    else:
        (diagnostic,) = stopped_by(tmp_path, plan(steps=9)).diagnostics
        assert diagnostic.code == "IFT750"
        assert f"5 steps in a row, up to step {steps}" in diagnostic.message


def test_broken_weights_are_blamed_at_the_first_step(tmp_path: Path):
    model = tiny_model()
    with torch.no_grad():
        model.get_output_embeddings().weight[5] = float("nan")

    diagnostic = stopped_by(tmp_path, plan(), model=model).diagnostics[0]

    assert diagnostic.code == "IFT750"
    assert "weights" in diagnostic.help


def test_step_without_labels_stops(tmp_path: Path):
    empty = table(12)
    empty.examples = [(tokens, np.zeros_like(trained)) for tokens, trained in empty.examples]

    assert stopped_by(tmp_path, plan(), data=Data({"first": {"train": empty}})).diagnostics[0].code == "IFT760"


def test_frozen_model_is_refused(tmp_path: Path):
    assert stopped_by(tmp_path, plan(), model=tiny_model().requires_grad_(False)).diagnostics[0].code == "IFT761"


class Memory:
    """Lets micro-batches of at most `area` tokens pass, as a device of that size."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, area: int) -> None:
        import runtime.train.step as step

        real = step.micro_batch_loss
        self.failures = 0

        def limited(model, batch, *others, **options):
            if batch.keep.numel() > area:
                self.failures += 1
                raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate …")
            return real(model, batch, *others, **options)

        monkeypatch.setattr(step, "micro_batch_loss", limited)


def test_out_of_memory_halves_the_micro_batch_and_loses_no_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    small = tiny_model()
    Memory(monkeypatch, area=30)

    outcome, _ = run(plan(), tmp_path / "small", small)

    assert outcome.steps == 6
    assert len((tmp_path / "small/metrics.jsonl").read_text().splitlines()) == 6


def test_realised_micro_batch_is_kept_when_resuming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole, resumed = tiny_model(), tiny_model()
    memory = Memory(monkeypatch, area=30)
    run(plan(), tmp_path / "whole", whole)
    in_whole, memory.failures = memory.failures, 0

    stopped_by(tmp_path / "parts", plan(), progress=StopAfter(2))
    run(plan(), tmp_path / "parts", resumed, resume=True)

    assert weights(whole) == weights(resumed)
    assert memory.failures == in_whole > 0


def test_validation_that_does_not_fit_is_cut_smaller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real, failures = validation.label_logits, []

    def limited(model, batch, heads):
        if batch.keep.numel() > 30:
            failures.append(batch)
            raise torch.OutOfMemoryError("out of memory")
        return real(model, batch, heads)

    data = Data({"first": {"train": table(12), "validation": table(9)}})
    run(plan(), tmp_path / "whole", data=data)
    monkeypatch.setattr(validation, "label_logits", limited)
    run(plan(), tmp_path / "small", data=data)

    assert failures
    for one, two in zip(validated(tmp_path / "whole"), validated(tmp_path / "small"), strict=True):
        assert two == pytest.approx(one, rel=1e-5)


def validated(folder: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (folder / "validation.jsonl").read_text().splitlines()]


def test_an_update_that_does_not_fit_is_said_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(self, closure=None):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(torch.optim.AdamW, "step", full)

    stop = stopped_by(tmp_path, plan())

    assert (stop.diagnostics[0].code, stop.exit_code) == ("IFT753", 4)
    assert "optimiser's update" in stop.diagnostics[0].message


def test_one_example_that_does_not_fit_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    Memory(monkeypatch, area=3)

    diagnostic = stopped_by(tmp_path, plan()).diagnostics[0]

    assert diagnostic.code == "IFT753"
    assert "`first:1" in diagnostic.message
