"""What a run refuses, each time with one diagnostic and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from runtime import refusals


def test_a_model_that_does_not_fit_is_one_diagnostic(study, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch):
    def full(*arguments, **options):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("runtime.loading.load", full)

    assert study() == 4

    said = capsys.readouterr().err
    assert "IFT753" in said
    assert "`small`" in said


@pytest.mark.parametrize(
    ("distribute", "when", "code", "exit_code"),
    [
        ("deepspeed(3)", "[every(2 steps)]", "IFT768", 1),
        ("fsdp", "[every(2 steps)]", "IFT768", 1),
        ("fsdp", "[start, end]", "IFT762", 4),
    ],
)
def test_what_cannot_be_distributed_is_refused_before_anything_is_loaded(
    study, tmp_path: Path, capsys, distribute: str, when: str, code: str, exit_code: int
):
    settings = (f"train.distribute={distribute}", f"evaluate.when={when}")

    assert study(*(part for setting in settings for part in ("--set", setting))) == exit_code

    assert code in capsys.readouterr().err
    assert not (tmp_path / "runs" / "sums").exists()


def test_more_devices_than_a_node_has_are_refused(study, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 1)

    assert study("--set", "train.distribute=ddp", "--set", "train.devices=2") == 4

    said = capsys.readouterr().err
    assert "IFT762" in said
    assert "this machine has 1" in said
    assert not (tmp_path / "runs" / "sums").exists()


def test_fp16_on_a_cpu_is_refused_before_anything_is_loaded(study, tmp_path: Path, capsys):
    assert study("--set", "small.precision=fp16") == 4

    said = capsys.readouterr().err
    assert "IFT079" in said
    assert "--set" in said
    assert not (tmp_path / "runs" / "sums").exists()


@pytest.mark.parametrize(
    "setting", ["track=[wandb]", "optimizer=adamw_8bit", "method=qlora(rank = 2)", "distribute=deepspeed"]
)
def test_a_missing_package_is_said_before_anything_is_loaded(
    study, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch, setting: str
):
    monkeypatch.setattr(refusals, "find_spec", lambda name: None)

    assert study("--set", f"train.{setting}") == 4

    said = capsys.readouterr().err
    assert "IFT759" in said
    assert "--set" in said
    assert not (tmp_path / "runs" / "sums").exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ('numbers.source=jsonl("absent.jsonl")', "IFT550"),
        ('numbers.columns.answer=text(from = "reply")', "IFT552"),
        ('numbers.keep_if="question | length > 999"', "IFT556"),
        ('small.source=path("nowhere")', "IFT064"),
    ],
)
def test_bad_input_is_one_diagnostic_and_leaves_nothing(study, tmp_path: Path, capsys, change: str, code: str):
    assert study("--set", change) == 1

    said = capsys.readouterr().err
    assert code in said
    assert "Traceback" not in said
    assert not (tmp_path / "runs" / "sums").exists()
