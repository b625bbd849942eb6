"""Trackers get what the records hold; a compiled model trains to the same losses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from recipe_lang.diagnostics.model import Stop
from tests.train.small import Data, metrics, plan, run, table, tiny_model


def test_tensorboard_holds_the_losses(tmp_path: Path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run(plan(track=["tensorboard"]), tmp_path, data=Data({"first": {"train": table(12), "validation": table(5)}}))

    (written,) = (tmp_path / "trackers" / "tiny").glob("events.out.tfevents.*")
    events = EventAccumulator(str(written))
    events.Reload()
    losses = [(event.step, event.value) for event in events.Scalars("loss")]
    assert losses == [(line["step"], pytest.approx(line["loss"], rel=1e-6)) for line in metrics(tmp_path)]
    assert [event.step for event in events.Scalars("validation/first/loss")] == [3, 6]


def test_a_tracker_that_does_not_start_is_said_in_a_line(tmp_path: Path):
    (tmp_path / "trackers").write_text("in the way of a folder")

    with pytest.raises(Stop) as stopped:
        run(plan(track=["tensorboard"]), tmp_path)

    diagnostic = stopped.value.diagnostics[0]
    assert (diagnostic.code, stopped.value.exit_code) == ("IFT771", 4)
    assert "tensorboard" in diagnostic.message


@pytest.fixture
def captured_only(monkeypatch: pytest.MonkeyPatch):
    """Compilation up to the kernels, which takes no compiler."""
    real = torch.nn.Module.compile
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self, **options: real(self, backend="eager", **options))


@pytest.mark.heavy
def test_compiled_model_trains_to_the_same_losses(tmp_path: Path, captured_only):
    run(plan(), tmp_path / "plain")
    _, model = run(plan(compile=True), tmp_path / "compiled")

    for plain, compiled in zip(metrics(tmp_path / "plain"), metrics(tmp_path / "compiled"), strict=True):
        assert compiled["loss"] == pytest.approx(plain["loss"], rel=1e-5)
    assert model._compiled_call_impl is None


def failing(monkeypatch: pytest.MonkeyPatch, when: Callable[[], bool]) -> None:
    """A compiler that fails at times."""

    def compiler(graph, inputs):
        if when():
            raise RuntimeError("no C++ compiler")
        return graph.forward

    real = torch.nn.Module.compile
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self, **options: real(self, backend=compiler, **options))


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("when", "settings"),
    [
        (lambda: True, {}),
        (lambda: not torch.is_grad_enabled(), {}),
        (lambda: not torch.is_grad_enabled(), {"packing": True, "precision": "bf16"}),
    ],
    ids=["a step", "validation", "the check of packing"],
)
def test_failing_compiler_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: Callable[[], bool], settings: dict
):
    failing(monkeypatch, when)
    model = tiny_model(dtype=torch.bfloat16) if settings else tiny_model()
    held_out = Data({"first": {"train": table(12), "validation": table(5)}})

    with pytest.raises(Stop) as stopped:
        run(plan(compile=True, **settings), tmp_path, model, held_out)

    assert stopped.value.diagnostics[0].code == "IFT769"
    assert (tmp_path / "metrics.jsonl").exists() == (settings == {})
