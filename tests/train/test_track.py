"""Trackers get what the records hold; a compiled model trains to the same losses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from accelerate.tracking import TensorBoardTracker
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from recipe_lang.diagnostics.model import Stop
from tests.train.small import Data, metrics, plan, run, table, tiny_model
from tests.train.test_between import block, entry


def written(folder: Path) -> EventAccumulator:
    (file,) = (folder / "trackers" / "tiny").glob("events.out.tfevents.*")
    events = EventAccumulator(str(file))
    events.Reload()
    return events


def scalars(events: EventAccumulator, name: str) -> list[tuple[int, float]]:
    return [(event.step, pytest.approx(event.value, rel=1e-6)) for event in events.Scalars(name)]


def test_tensorboard_holds_the_losses(tmp_path: Path):
    run(plan(track=["tensorboard"]), tmp_path, data=Data({"first": {"train": table(12), "validation": table(5)}}))

    events = written(tmp_path)
    assert scalars(events, "loss") == [(line["step"], line["loss"]) for line in metrics(tmp_path)]
    assert [event.step for event in events.Scalars("validation/first/loss")] == [3, 6]


def test_a_tracker_that_does_not_start_is_said_in_a_line(tmp_path: Path):
    (tmp_path / "trackers").write_text("in the way of a folder")

    with pytest.raises(Stop) as stopped:
        run(plan(track=["tensorboard"]), tmp_path)

    diagnostic = stopped.value.diagnostics[0]
    assert (diagnostic.code, stopped.value.exit_code) == ("IFT771", 4)
    assert "tensorboard" in diagnostic.message


def test_figures_of_evaluations_are_tracked_by_step(tmp_path: Path):
    run(
        plan(track=["tensorboard"], evaluations=[block("3 steps")]),
        tmp_path,
        on_event=lambda step, blocks: [entry(step / 10), entry(step / 5, shots=2)],
    )

    events = written(tmp_path)
    assert scalars(events, "first.rouge1") == [(3, 0.3), (6, 0.6)]
    assert scalars(events, "first.rouge1/2 shots") == [(3, 0.6), (6, 1.2)]


def test_a_tracker_that_fails_on_the_way_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real, warnings = TensorBoardTracker.log, []

    def failing(self, values, step=None, **options):
        if step == 3:
            raise ConnectionError("the server does not answer\nat all")
        real(self, values, step=step, **options)

    monkeypatch.setattr(TensorBoardTracker, "log", failing)
    outcome, _ = run(plan(track=["tensorboard"]), tmp_path, report=warnings.append)

    assert outcome.steps == len(metrics(tmp_path)) == 6
    assert [(w.code, w.severity) for w in warnings] == [("IFT775", "warning")]
    assert warnings[0].message == "`tensorboard` takes no more figures: the server does not answer"


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
