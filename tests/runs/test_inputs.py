"""A run goes on only with the data and models that it was planned with, from its plan to its last step."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.cli import main_run
from recipe_lang.diagnostics.model import Stop
from recipe_lang.plan import make_plan
from recipe_lang.program.document import Plan
from runtime.base.progress import silent
from runtime.session import open_session
from tests.runs.recipe import write_rows, write_sums


def edit_rows(folder: Path) -> None:
    path = folder / "numbers.jsonl"
    path.write_text(path.read_text().replace('"3"', '"4"'))


def edit_weights(folder: Path) -> None:
    """In place, with the size and the time that the file had."""
    path = folder / "llama/model.safetensors"
    status = path.stat()
    with path.open("r+b") as file:
        file.seek(-4, os.SEEK_END)
        file.write(b"\0\0\0\0")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def edit_end_token(folder: Path) -> None:
    path = folder / "llama/tokenizer_config.json"
    path.write_text(path.read_text().replace('"eos_token": "<|im_end|>"', '"eos_token": "<|endoftext|>"'))


def edit_chat(folder: Path) -> None:
    path = folder / "llama/chat_template.jinja"
    path.write_text("{# another #}" + path.read_text())


EDITS = [edit_rows, edit_weights, edit_end_token, edit_chat]


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("lost", [["recipe.lock"], ["recipe.lock", "plan.json"]], ids=["lock", "lock and plan"])
def test_a_run_is_not_resumed_with_other_inputs_although_its_lock_is_lost(
    study, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch, edit, lost: list[str]
):
    with monkeypatch.context() as halted:
        halted.setattr("runtime.train.between.judged", interrupted)
        assert study() == 130
    for name in lost:
        (tmp_path / "runs/sums" / name).unlink()
    edit(tmp_path)

    assert main_run(["sums.ift", "--resume"]) == 1

    kind = "dataset numbers" if edit is edit_rows else "model small"
    assert f"what it trains has changed ({kind}: is another)" in capsys.readouterr().err


def interrupted(*arguments: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("edit", EDITS[1:])
def test_a_model_that_changes_while_the_run_goes_on_is_not_saved(
    study, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch, edit
):
    from runtime import run

    train = run.train_model

    def meanwhile(*arguments):
        edit(tmp_path)
        return train(*arguments)

    monkeypatch.setattr(run, "train_model", meanwhile)

    assert study() == 4

    assert "error[IFT780]: the model `small` is not what this run was planned with" in capsys.readouterr().err
    assert not (tmp_path / "runs/sums/results.json").exists()


@pytest.mark.parametrize("edit", EDITS)
def test_a_process_refuses_what_the_run_was_not_planned_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edit):
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    write_rows(tmp_path)
    plan = make_plan(check(write_sums(tmp_path), cwd=tmp_path).recipe)
    before = open_session(plan.program, tmp_path, fetch=True, progress=silent()).facts.inputs
    open_session(plan.program, tmp_path, fetch=True, progress=silent()).verify_inputs(before)
    edit(tmp_path)

    with pytest.raises(Stop) as stopped:
        open_session(plan.program, tmp_path, fetch=True, progress=silent()).verify_inputs(before)

    kind = "datasets/numbers" if edit is edit_rows else "models/small"
    assert [(found.code, found.pointer) for found in stopped.value.diagnostics] == [("IFT780", f"/{kind}")]


def test_one_digest_of_the_inputs_stands_in_the_plan_and_in_every_checkpoint(study, tmp_path: Path):
    assert study() == 0

    run = tmp_path / "runs/sums"
    planned = Plan.model_validate_json((run / "plan.json").read_bytes()).facts.inputs
    states = [json.loads(json.loads(path.read_text())["state"]) for path in run.glob("checkpoints/*/state.json")]
    assert {state["inputs"]["digest"] for state in states} == {planned.digest}
