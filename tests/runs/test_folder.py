"""The folder of a run: what may go on in it, and what may be replaced."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from recipe_lang.cli import main_run
from runtime import run
from runtime.folder import held, tidy
from tests.runs.recipe import RECIPE


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


@pytest.mark.parametrize("tail", ["", '\nvariant on { train.start_from = run("runs/first") }\n'])
def test_what_the_new_run_reads_is_never_replaced(study, tmp_path: Path, capsys, tail: str):
    assert study("--output", "runs/first") == 0
    weights = (tmp_path / "runs/first/model/adapter_model.safetensors").read_bytes()
    shutil.copytree(tmp_path / "llama", tmp_path / "runs/first/model/base") if not tail else None
    recipe = tmp_path / "sums.ift"
    recipe.write_text(recipe.read_text() + tail)
    changes = ["--variant", "on"] if tail else ["--set", "small.source=path('runs/first/model/base')".replace("'", '"')]

    assert main_run(["sums.ift", "--output", "runs/first", "--overwrite", *changes]) == 2

    assert "IFT030" in capsys.readouterr().err
    assert (tmp_path / "runs/first/model/adapter_model.safetensors").read_bytes() == weights


def test_a_folder_without_a_plan_is_no_run(study, tmp_path: Path, capsys):
    folder = tmp_path / "runs/sums"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("mine")

    assert study("--overwrite") == 2
    assert "IFT028" in capsys.readouterr().err
    (folder / "plan.json").write_text("[]")
    assert study("--overwrite") == 2
    assert (folder / "README.md").read_text() == "mine"


def test_the_old_run_is_kept_until_the_new_one_stands(study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert study() == 0
    results = (tmp_path / "runs/sums/results.json").read_bytes()
    kept = tmp_path / "runs/.sums.before"
    for _ in range(2):
        with monkeypatch.context() as halted:
            halted.setattr("runtime.train.loop.learn", interrupted)
            assert study("--overwrite") == 130
        assert (kept / "results.json").read_bytes() == results
        assert not (tmp_path / "runs/sums/results.json").exists()

    assert main_run(["sums.ift", "--resume"]) == 0

    assert not kept.exists()
    assert (tmp_path / "runs/sums/results.json").exists()


def test_a_link_is_locked_and_replaced_where_it_leads(study, tmp_path: Path, capsys):
    (tmp_path / "scratch/sums").mkdir(parents=True)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs/sums").symlink_to(tmp_path / "scratch/sums")
    assert study() == 0

    with held(tmp_path / "scratch/sums"):
        assert main_run(["sums.ift", "--resume"]) == 2
    assert "IFT027" in capsys.readouterr().err
    assert main_run(["sums.ift", "--overwrite"]) == 0
    assert (tmp_path / "runs/sums").is_symlink()
    assert (tmp_path / "scratch/sums/results.json").exists()


def test_by_its_own_word_a_recipe_writes_in_its_repository_only(study, tmp_path: Path, capsys):
    outside = 'recipe sums {\n  output = "../elsewhere"\n'

    assert study(recipe=RECIPE.replace("recipe sums {\n", outside)) == 1
    assert "IFT905" in capsys.readouterr().err
    assert not (tmp_path.parent / "elsewhere").exists()
    assert main_run(["sums.ift", "--set", f'recipe.output="{tmp_path / "own"}"', "--output", "runs/there"]) == 0


def test_an_output_that_is_a_link_round_is_outside(study, tmp_path: Path, capsys):
    (tmp_path / "loop").symlink_to("loop")

    assert study(recipe=RECIPE.replace("recipe sums {\n", 'recipe sums {\n  output = "loop/x"\n')) == 1
    assert "IFT905" in capsys.readouterr().err


def test_what_a_killed_run_had_begun_to_write_is_taken_away(tmp_path: Path):
    for name in (".model.0a.tmp", "untouched/.b.1c.tmp", "model"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "config.json").touch()
    (tmp_path / ".results.json.2d.tmp").touch()

    tidy(tmp_path)

    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert files == ["model", "model/config.json", "untouched"]


@pytest.mark.heavy
def test_a_lock_that_is_gone_is_told_and_written_anew(study, tmp_path: Path, capsys):
    assert study() == 0
    folder = tmp_path / "runs/sums"
    for name in ("results.json", "recipe.lock"):
        (folder / name).unlink()

    assert main_run(["sums.ift", "--resume"]) == 0

    told = capsys.readouterr().err
    assert "warning[IFT786]: `recipe.lock` is gone" in told
    assert (folder / "recipe.lock").exists()


@pytest.mark.parametrize("place", ["evaluate", "train", "save"])
def test_a_run_whose_folder_is_deleted_says_so_and_makes_none(
    study, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch, place: str
):
    real = getattr(run, place)

    def deleting(*arguments, **options):
        done = real(*arguments, **options)
        shutil.rmtree(tmp_path / "runs/sums")
        return done

    monkeypatch.setattr(run, place, deleting)

    assert study() == 4
    assert "error[IFT787]: the run folder `runs/sums` was deleted" in capsys.readouterr().err
    assert not (tmp_path / "runs/sums").exists()
