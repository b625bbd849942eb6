"""The folder of a run: what may go on in it, and what may be replaced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_lang.cli import main_run
from runtime.folder import held


def test_a_run_is_resumed_only_with_the_data_that_it_has_read(study, tmp_path: Path, capsys):
    assert study() == 0
    kept = {name: (tmp_path / "runs/sums" / name).read_bytes() for name in ("plan.json", "recipe.lock")}
    rows = tmp_path / "numbers.jsonl"
    rows.write_text(rows.read_text() + '{"question": "one more", "answer": "row"}\n')

    assert main_run(["sums.ift", "--resume"]) == 1

    told = capsys.readouterr().err
    assert "IFT755" in told
    assert "dataset numbers: hash was" in told
    assert kept == {name: (tmp_path / "runs/sums" / name).read_bytes() for name in kept}


def test_a_run_that_goes_on_asks_the_untouched_model_nothing_again(
    study, tmp_path: Path, asked: list[int], monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as halted:
        halted.setattr("runtime.train.loop.learn", interrupted)
        assert study() == 130
    assert len(asked) == 1

    assert main_run(["sums.ift", "--resume"]) == 0

    between, end = 2, 1
    assert len(asked) == 1 + between + end


def interrupted(*arguments: object) -> None:
    raise KeyboardInterrupt


def test_a_question_that_is_new_is_asked_of_the_untouched_model_too(study, tmp_path: Path):
    assert study() == 0
    recipe = tmp_path / "sums.ift"
    recipe.write_text(recipe.read_text().replace("[exact_match]", "[exact_match, rouge1]"))

    assert main_run(["sums.ift", "--resume"]) == 0

    results = json.loads((tmp_path / "runs/sums/results.json").read_bytes())
    assert {(d["metric"]) for d in results["differences"]} == {"exact_match", "rouge1"}


def test_only_what_runs_wrote_is_replaced(study, tmp_path: Path, capsys):
    assert study() == 0
    (tmp_path / "runs/sums/notes.txt").write_text("keep me")

    assert main_run(["sums.ift", "--overwrite"]) == 2
    assert "notes.txt" in capsys.readouterr().err
    assert main_run(["sums.ift", "--output", ".", "--overwrite"]) == 2
    assert (tmp_path / "runs/sums/notes.txt").exists()
    (tmp_path / "runs/sums/notes.txt").unlink()
    assert main_run(["sums.ift", "--overwrite"]) == 0


def test_a_folder_takes_one_run_at_a_time(study, tmp_path: Path, capsys):
    assert study() == 0

    with held(tmp_path / "runs/sums"):
        assert main_run(["sums.ift", "--resume"]) == 2

    assert "IFT027" in capsys.readouterr().err
