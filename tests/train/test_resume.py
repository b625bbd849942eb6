"""A run that was stopped anywhere goes on to the bits of one that was not."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from recipe_lang.diagnostics.model import Stop
from recipe_lang.program.document import Plan, digest
from recipe_lang.program.evaluate import Evaluate
from runtime.models import environment
from runtime.train import between, checkpoint, loop
from runtime.train.cut import Limit
from runtime.train.setup import CPU_AREA, first_limit, make_setup
from tests.train.small import Data, PadToken, StopAfter, plan, run, settings, tiny_model, weights, with_lora
from tests.train.test_between import block, entry

EACH_STEP = settings("checkpoint.every = 1 step", "checkpoint.keep = 100").checkpoint


def adapted(lora: bool, family: str = "llama"):
    return with_lora(tiny_model(family), dropout=0.3) if lora else tiny_model(family)


def in_parts(
    folder: Path, parts: list[int], lora: bool, data: Data | None = None, *, family: str = "llama", **settings
):
    """Runs that are interrupted after each part, each in a fresh model; then one to the end."""
    for part in parts:
        with pytest.raises(Stop) as stopped:
            run(plan(**settings), folder, adapted(lora, family), data, progress=StopAfter(part), resume=True)
        assert stopped.value.exit_code == 130
    model = adapted(lora, family)
    run(plan(**settings), folder, model, data, resume=True)
    return model


@pytest.mark.parametrize("parts", [[2], [1, 3]])
@pytest.mark.parametrize(("lora", "precision"), [(True, "bf16"), (True, "fp32"), (False, "fp32")])
def test_parts_give_the_bits_of_the_whole(tmp_path: Path, parts: list[int], lora: bool, precision: str):
    whole = adapted(lora)
    run(plan(precision=precision), tmp_path / "whole", whole)

    resumed = in_parts(tmp_path / "parts", parts, lora, precision=precision)

    assert weights(whole) == weights(resumed)
    assert (tmp_path / "whole/metrics.jsonl").read_bytes() == (tmp_path / "parts/metrics.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("family", "settings"),
    [("llama", {"packing": True, "max_length": 60}), ("t5", {}), ("llama", {"neftune": 5.0})],
    ids=["packed", "t5", "neftune"],
)
def test_parts_of_other_inputs_give_the_bits_of_the_whole(tmp_path: Path, family: str, settings: dict):
    whole = adapted(True, family)
    run(plan(**settings), tmp_path / "whole", whole)

    resumed = in_parts(tmp_path / "parts", [1, 3], True, family=family, **settings)

    assert weights(whole) == weights(resumed)
    assert (tmp_path / "whole/metrics.jsonl").read_bytes() == (tmp_path / "parts/metrics.jsonl").read_bytes()


@pytest.mark.parametrize("ignored", [False, True])
def test_a_closed_terminal_interrupts_unless_it_is_ignored(tmp_path: Path, ignored: bool):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
    try:
        with nullcontext() if ignored else pytest.raises(Stop):
            run(plan(checkpoint=EACH_STEP), tmp_path, progress=StopAfter(2, signal.SIGHUP))
    finally:
        signal.signal(signal.SIGHUP, before)

    newest, _ = checkpoint.newest(tmp_path / "checkpoints")
    assert newest.state.step == (6 if ignored else 2)


def test_steps_after_the_checkpoint_are_not_recorded_twice(tmp_path: Path):
    run(plan(checkpoint=EACH_STEP), tmp_path)
    whole = (tmp_path / "metrics.jsonl").read_bytes()
    for step in (5, 6):
        shutil.rmtree(tmp_path / f"checkpoints/step-{step}")
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 7, "lo')

    run(plan(checkpoint=EACH_STEP), tmp_path, resume=True)

    assert (tmp_path / "metrics.jsonl").read_bytes() == whole


def test_records_reach_the_disk_before_the_checkpoint_of_their_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A power cut would else leave a gap: a run that goes on adds no step of before the checkpoint."""
    synced: dict[str, str] = {}
    sync, write = os.fsync, checkpoint.write

    def noting(handle: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        synced[path.name] = path.read_text() if path.suffix == ".jsonl" else ""
        sync(handle)

    def writing(root, state, *tensors):
        assert all(f'"step":{state.step},' in synced[name] for name in ("metrics.jsonl", "timing.jsonl"))
        return write(root, state, *tensors)

    monkeypatch.setattr(os, "fsync", noting)
    monkeypatch.setattr(checkpoint, "write", writing)

    assert run(plan(checkpoint=EACH_STEP), tmp_path)[0].steps == 6


def test_a_judged_checkpoint_holds_the_gradient_scaler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made, scalers = loop.make_setup, []

    def scaled(*arguments):
        setup = made(*arguments)
        setup.accelerator.scaler = torch.amp.GradScaler("cpu", init_scale=2.0 ** (10 if not scalers else 16))
        scalers.append(setup.accelerator.scaler)
        return setup

    monkeypatch.setattr(loop, "make_setup", scaled)
    judged = plan(evaluations=[block("3 steps")])
    for steps in (4, 1):
        with pytest.raises(Stop):
            run(judged, tmp_path, on_event=lambda *_: [entry(0.5)], progress=StopAfter(steps), resume=True)
        # So that the next one goes on from step 3, which was judged.
        shutil.rmtree(tmp_path / "checkpoints/step-4")

    assert [scaler.get_scale() for scaler in scalers] == [2.0**10] * 2


@pytest.mark.parametrize("name", ["weights.safetensors", "optimizer.safetensors", "state.json", "files.json"])
def test_truncated_checkpoint_is_passed_over(tmp_path: Path, name: str):
    whole = tiny_model()
    run(plan(checkpoint=EACH_STEP), tmp_path, whole)
    file = tmp_path / "checkpoints/step-6" / name
    file.write_bytes(file.read_bytes()[:-20])
    resumed, warnings = tiny_model(), []

    run(plan(checkpoint=EACH_STEP), tmp_path, resumed, resume=True, report=warnings.append)

    assert [(w.code, w.severity) for w in warnings] == [("IFT754", "warning")]
    assert "step 5" in warnings[0].message
    assert weights(whole) == weights(resumed)


def test_damaged_checkpoints_do_not_count_among_those_to_keep(tmp_path: Path):
    every_step = settings("checkpoint.every = 1 step").checkpoint
    run(plan(checkpoint=every_step), tmp_path)
    for step in (5, 6):
        (tmp_path / f"checkpoints/step-{step}/weights.safetensors").write_bytes(b"")

    with pytest.raises(Stop):
        run(plan(checkpoint=every_step), tmp_path, progress=StopAfter(2), resume=True, report=lambda _: None)

    outcome, _ = run(plan(checkpoint=every_step), tmp_path, resume=True)
    assert outcome.steps == 6
    held = {path.name for path in (tmp_path / "checkpoints").iterdir()}
    assert held == {"step-5", "step-6", "damaged-5", "damaged-6"}


def test_changed_recipe_is_refused_by_name(tmp_path: Path):
    run(plan(), tmp_path)

    with pytest.raises(Stop) as stopped:
        run(plan(learning_rate=2e-2), tmp_path, resume=True)

    (diagnostic,) = stopped.value.diagnostics
    assert diagnostic.code == "IFT755"
    assert "train.learning_rate: was 0.01, is 0.02" in diagnostic.message
    assert stopped.value.exit_code == 1


def test_figures_that_decide_are_asked_the_same_to_the_end(tmp_path: Path):
    kept = settings("checkpoint.keep = 1", "checkpoint.best = first.rouge1").checkpoint
    judge = {"on_event": lambda step, blocks: [entry(0.5)]}
    run(asked(block(), checkpoint=kept), tmp_path, **judge)

    with pytest.raises(Stop) as stopped:
        run(asked(block().model_copy(update={"limit": {"first": 3}}), checkpoint=kept), tmp_path, resume=True)

    (diagnostic,) = stopped.value.diagnostics
    assert diagnostic.code == "IFT755"
    assert "`first.rouge1` is measured on has changed (evaluations[0].limit: was None, is" in diagnostic.message


def test_figures_that_decide_nothing_may_be_asked_anew(tmp_path: Path):
    run(asked(block()), tmp_path, on_event=lambda step, blocks: [entry(0.5)])

    run(asked(block().model_copy(update={"limit": {"first": 3}})), tmp_path, resume=True)


def asked(evaluation: Evaluate, **settings) -> Plan:
    """A plan whose hash of evaluation goes by its one block."""
    made = plan(evaluations=[evaluation], **settings)
    hashes = made.hashes.model_copy(update={"evaluation": digest(evaluation)})
    return made.model_copy(update={"hashes": hashes})


@pytest.mark.parametrize(("name", "expected"), [(None, 64), ("another device", CPU_AREA)])
def test_what_fitted_on_another_device_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str | None, expected: int
):
    with monkeypatch.context() as elsewhere, pytest.raises(Stop):
        elsewhere.setattr(between, "first_limit", lambda setup: Limit(None, 64, 8))
        if name:
            elsewhere.setattr(environment, "_device_name", lambda device: name)
        run(plan(), tmp_path, progress=StopAfter(3))

    run(plan(), tmp_path, resume=True, report=lambda warning: None)

    newest, _ = checkpoint.newest(tmp_path / "checkpoints")
    assert newest.state.limit.area == expected


def test_what_fitted_where_the_model_was_shared_otherwise_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as shared, pytest.raises(Stop):
        shared.setattr(between, "first_limit", lambda setup: Limit(None, 64, 8))
        run(plan(), tmp_path, progress=StopAfter(3))

    run(plan("distribute = ddp"), tmp_path, resume=True)

    newest, _ = checkpoint.newest(tmp_path / "checkpoints")
    assert newest.state.limit.area == CPU_AREA


@pytest.mark.parametrize(
    ("kind", "declared", "examples"),
    [("ddp", None, None), ("fsdp", None, 1), ("deepspeed", None, 1), ("fsdp", 4, 4)],
)
def test_shards_of_a_model_begin_with_one_example(kind: str, declared: int | None, examples: int | None):
    made = make_setup(plan(), tiny_model(), PadToken())
    train = settings(f"distribute = {kind}", micro_batch=declared)
    on_accelerators = replace(made, train=train, accelerator=SimpleNamespace(device=torch.device("cuda")))

    assert first_limit(on_accelerators).examples == examples


def test_settings_that_training_does_not_see_may_change(tmp_path: Path):
    run(plan(), tmp_path)

    run(plan(micro_batch=2), tmp_path, resume=True)


def test_resume_without_a_checkpoint_begins(tmp_path: Path):
    outcome, _ = run(plan(), tmp_path, resume=True)

    assert outcome.steps == 6


def test_only_the_newest_checkpoints_are_kept(tmp_path: Path):
    every_step = settings("checkpoint.every = 1 step").checkpoint

    run(plan(checkpoint=every_step), tmp_path)

    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["step-5", "step-6"]


def test_adapter_checkpoints_hold_the_adapter_alone(tmp_path: Path):
    run(plan("method = lora(rank = 2)"), tmp_path, with_lora(tiny_model()))

    from safetensors import safe_open

    with safe_open(tmp_path / "checkpoints/step-6/weights.safetensors", "pt") as file:
        names = list(file.keys())
    assert names
    assert all("lora_" in name for name in names)


@pytest.mark.parametrize(("kept", "lost"), [([0, 3], 2), ([], 4), (None, 4)])
def test_lines_of_the_record_that_were_lost_are_told(tmp_path: Path, kept: list[int] | None, lost: int):
    with pytest.raises(Stop):
        run(plan(checkpoint=EACH_STEP), tmp_path, progress=StopAfter(4))
    record = tmp_path / "metrics.jsonl"
    lines = record.read_bytes().splitlines(keepends=True)
    record.unlink() if kept is None else record.write_bytes(b"".join(lines[at] for at in kept))
    told = []

    run(plan(checkpoint=EACH_STEP), tmp_path, resume=True, report=told.append)

    assert [(one.code, one.message) for one in told] == [
        ("IFT786", f"`metrics.jsonl` lacks the lines of {lost} of the 4 steps before this start")
    ]


def test_a_run_whose_folder_is_deleted_ends_with_the_next_step(tmp_path: Path):
    class Deleting(StopAfter):
        def task(self, name: str, **options: object) -> StopAfter:
            return Deleting(self.steps)

        def advance(self, amount: float = 1, **fields: float) -> None:
            shutil.rmtree(tmp_path / "run", ignore_errors=True)

    with pytest.raises(Stop) as stopped:
        run(plan(), tmp_path / "run", progress=Deleting(1))

    assert [one.code for one in stopped.value.diagnostics] == ["IFT787"]
    assert not (tmp_path / "run").exists()
