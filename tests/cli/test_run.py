"""`ift run` and `ift-run`, on a tiny model."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from recipe_lang.cli import main, main_run
from runtime.train import loop
from tests.cli.studies import RECIPE, write_study

FILES = [
    "README.md",
    "metrics.jsonl",
    "model",
    "plan.json",
    "predictions",
    "recipe.lock",
    "report.html",
    "results.json",
]


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    return write_study(tmp_path)


def test_a_run_shows_its_plan_first_and_fills_its_folder(study, capsys):
    assert main_run(["study.ift"]) == 0

    shown = capsys.readouterr().out
    assert shown.index("study  Opposites") < shown.index("rouge1")
    assert "\x1b" not in shown
    assert set(FILES) <= {path.name for path in Path("runs/study").iterdir()}
    assert len(json.loads(Path("runs/study/results.json").read_text())["evaluations"]) == 2


def test_a_missed_gate_is_exit_code_3(study, capsys):
    assert main(["run", "study.ift", "--variant", "strict", "--output", "out"]) == 3
    assert "IFT860" in capsys.readouterr().err


def test_a_run_folder_with_contents_is_refused_or_replaced(study, capsys):
    Path("out").mkdir()
    Path("out/processes.log").write_text("old", encoding="utf-8")
    Path("out/plan.json").write_text('{"hashes": {"plan": "of an earlier one"}}', encoding="utf-8")

    assert main_run(["study.ift", "--output", "out"]) == 2
    assert "error[IFT010]" in capsys.readouterr().err
    assert Path("out/processes.log").exists()

    assert main_run(["study.ift", "--output", "out", "--overwrite"]) == 0
    assert not Path("out/processes.log").exists()


@pytest.mark.parametrize("there", [False, True])
def test_a_run_with_nothing_to_resume_says_that_it_begins(study, capsys, there):
    if there:
        Path("out").mkdir()
    again = ["study.ift", "--output", "out", "--resume"]

    assert main_run(again) == 0
    assert "note[IFT029]: there is nothing to resume in `out`: the run begins" in capsys.readouterr().err
    assert main_run(again) == 0
    assert "IFT029" not in capsys.readouterr().err


def test_a_further_node_with_nothing_to_resume_says_so_too(study, capsys, monkeypatch):
    monkeypatch.setattr("runtime.launch.train_along", lambda *_, **__: 0)
    monkeypatch.setenv("IFT_RENDEZVOUS", "10.0.0.1:29500")
    monkeypatch.setenv("IFT_NODE", "1")
    wide = [part for each in ("distribute=ddp", "devices=1", "nodes=2") for part in ("--set", f"train.{each}")]

    assert main_run(["study.ift", "--resume", *wide]) == 0
    assert "note[IFT029]: there is nothing to resume in `runs/study`" in capsys.readouterr().err


def test_an_old_run_is_replaced_only_when_the_new_one_has_data(study, capsys):
    Path("out").mkdir()
    Path("out/plan.json").write_text('{"hashes": {"plan": "of an earlier one"}}', encoding="utf-8")
    Path("out/processes.log").write_text("old", encoding="utf-8")
    Path("words.jsonl").unlink()

    assert main_run(["study.ift", "--output", "out", "--overwrite"]) == 1
    assert Path("out/processes.log").exists()
    said = capsys.readouterr().err
    assert (said.count("error["), said.count("warning[")) == (1, 0)


def test_a_run_that_cannot_begin_leaves_nothing(study, capsys):
    Path("words.jsonl").write_text("", encoding="utf-8")

    assert main_run(["study.ift"]) == 1
    assert not Path("runs/study").exists()


def test_a_sweep_runs_each_combination_in_a_folder_of_its_own(study, capsys):
    sweep = "sweep {\n  train.learning_rate = [1e-3, 1e-4]\n}\n"
    study.write_text(RECIPE + sweep, encoding="utf-8")

    assert main_run(["study.ift", "--set", "train.duration=1 steps"]) == 0
    assert len([path for path in Path("runs/study").iterdir() if (path / "results.json").exists()]) == 2


def test_an_interrupted_run_that_goes_on_leaves_the_files_of_one_that_was_not(study, monkeypatch):
    longer = ["study.ift", "--set", "train.duration=4 steps"]
    assert main_run([*longer, "--output", "whole"]) == 0

    with monkeypatch.context() as interrupting:
        real = loop.learn

        def learn(run, state, samples):
            if state.step == 1:
                os.kill(os.getpid(), signal.SIGINT)
            return real(run, state, samples)

        interrupting.setattr(loop, "learn", learn)
        assert main_run([*longer, "--output", "parts"]) == 130
    assert main_run([*longer, "--output", "parts", "--resume"]) == 0

    whole, parts = (files(Path(name, "model")) for name in ("whole", "parts"))
    assert whole == parts
    assert Path("whole/metrics.jsonl").read_bytes() == Path("parts/metrics.jsonl").read_bytes()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def terminated(monkeypatch):
    """SIGTERM comes while a model is evaluated; a run that leaves it to the system fails its test alone."""
    monkeypatch.setattr("runtime.run.evaluate", lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM))

    def ended(number, frame):
        raise AssertionError("the system ended the run")

    before = signal.signal(signal.SIGTERM, ended)
    yield
    assert signal.getsignal(signal.SIGTERM) is ended
    signal.signal(signal.SIGTERM, before)


def test_a_termination_while_a_model_is_evaluated_ends_with_a_line(study, terminated, capsys):
    assert main(["eval", "study.ift", "--model", "llama"]) == 130
    assert capsys.readouterr().err == "stopped\n"


def test_a_termination_before_training_says_how_to_go_on(study, terminated, capsys):
    assert main(["run", "study.ift"]) == 130
    told = capsys.readouterr().err
    assert "IFT752" in told and "--resume" in told
