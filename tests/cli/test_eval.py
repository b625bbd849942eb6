"""`ift eval`: a recipe's evaluations of any model, without training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_lang.cli import main, main_run
from tests.cli.studies import RECIPE, write_study
from tests.models.tiny import tiny_model_folder

ADAPTED = RECIPE.replace("  max_length    = 128 tokens\n", "  max_length    = 128 tokens\n  method = lora(rank = 4)\n")


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    return write_study(tmp_path)


def results(folder: str) -> dict:
    return json.loads(Path(folder, "results.json").read_text(encoding="utf-8"))


def answers(folder: str, phase: str) -> list[str]:
    return Path(folder, f"predictions/asking.test.{phase}.0-shot.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("recipe", [RECIPE, ADAPTED], ids=["full", "adapter"])
@pytest.mark.parametrize("model", ["runs/study", "runs/study/model"])
def test_a_tuned_model_answers_as_it_did_at_the_end_of_its_run(study, recipe, model, capsys):
    study.write_text(recipe, encoding="utf-8")
    assert main_run(["study.ift", "--set", "train.learning_rate=0.1"]) == 0

    assert main(["eval", "study.ift", "--model", model]) == 0

    assert answers("runs/study", "tuned") == answers("runs/study-eval", "base")
    assert answers("runs/study", "base") != answers("runs/study-eval", "base")


def test_the_recipes_own_model_is_asked_as_its_training_would(study, capsys):
    """Where the recipe states no length, answers are as long as the training completions."""
    study.write_text(RECIPE.replace("  generate  { max_new_tokens = 4 }\n", ""), encoding="utf-8")
    assert main_run(["study.ift"]) == 0

    assert main(["eval", "study.ift"]) == 0

    assert answers("runs/study", "base") == answers("runs/study-eval", "base")
    first, second = (results(folder)["evaluations"][0]["how"] for folder in ("runs/study", "runs/study-eval"))
    assert first == second


def test_nothing_is_trained_and_the_folder_says_so(study, capsys):
    assert main(["eval", "study.ift", "--model", "llama", "--output", "out"]) == 0

    assert "Training" not in capsys.readouterr().out
    assert {path.name for path in Path("out").iterdir()} == {
        "README.md",
        "plan.json",
        "predictions",
        "recipe.lock",
        "report.html",
        "results.json",
    }
    assert json.loads(Path("out/plan.json").read_text())["program"]["train"] is None


def test_a_model_with_another_tokenizer_reads_the_rows_in_its_own(study, capsys):
    tiny_model_folder("gpt2", Path("other"), chat=False)

    assert main(["eval", "study.ift", "--model", "other/gpt2"]) == 0

    assert "<|im_start|>" not in json.loads(answers("runs/study-eval", "base")[0])["prompt"]


def test_a_model_without_the_layers_that_the_recipe_trains_is_asked(study, capsys):
    tiny_model_folder("gpt2", Path("other"), chat=False)
    Path("study.ift").write_text(ADAPTED.replace("rank = 4", 'rank = 4, targets = ["q_proj"]'), encoding="utf-8")

    assert main(["eval", "study.ift", "--model", "other/gpt2"]) == 0


def test_a_bar_that_is_missed_is_exit_code_3(study, capsys):
    assert main(["eval", "study.ift", "--model", "llama", "--variant", "strict"]) == 3
    assert "IFT860" in capsys.readouterr().err


def test_what_needs_an_untouched_model_is_left_out_with_a_note(study, capsys):
    both = ["evaluate.retain.asking=5%", "evaluate.require=[asking.rouge1.gain >= 0.5]"]

    assert main(["eval", "study.ift", "--model", "llama", *(x for line in both for x in ("--set", line))]) == 0

    assert capsys.readouterr().err.count("note[IFT873]") == 2


def test_paths_start_from_the_working_directory(study, capsys, monkeypatch):
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")

    assert main(["eval", "../study.ift", "--model", "../llama"]) == 0
    assert Path("runs/study-eval/results.json").exists()


def test_a_missing_model_is_refused_and_leaves_nothing(study, capsys):
    assert main(["eval", "study.ift", "--model", "nowhere"]) == 1

    assert "there is no such folder" in capsys.readouterr().err
    assert not Path("runs/study-eval").exists()


def test_a_folder_without_a_tokenizer_is_refused(study, capsys):
    Path("llama/tokenizer.json").unlink()

    assert main(["eval", "study.ift", "--model", "llama"]) == 1
    assert "IFT078" in capsys.readouterr().err


def test_a_folder_with_contents_is_refused(study, capsys):
    Path("out").mkdir()
    Path("out/old.txt").write_text("old", encoding="utf-8")

    assert main(["eval", "study.ift", "--model", "llama", "--output", "out"]) == 2
    assert Path("out/old.txt").exists()


def test_a_recipe_without_evaluations_is_refused(study, capsys):
    study.write_text(RECIPE[: RECIPE.index("evaluate {")], encoding="utf-8")

    assert main(["eval", "study.ift", "--model", "llama"]) == 1
    assert "IFT874" in capsys.readouterr().err
