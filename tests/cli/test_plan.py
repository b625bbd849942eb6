"""`ift plan`: from the recipe, its data and its model as far as they are at hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from recipe_lang.cli import main
from recipe_lang.program.document import Plan
from tests.cli.studies import RECIPE, write_study

ELSEWHERE = """
dataset far {
  source  = hub("org/none", revision = "main")
  columns { q = text, a = text }
  split   { train = 80%, test = 20% }
}

template far_ask for far {
  prompt     = "{{ q }}"
  completion = "{{ a }}"
}

task other {
  templates = [far_ask]
  metrics   = [rouge1]
}

evaluate abroad {
  tasks = [other]
  when  = [end]
}
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    return write_study(tmp_path)


def test_the_tables_show_what_data_and_model_hold(study, capsys):
    assert main(["plan", "study.ift"]) == 0

    shown = capsys.readouterr()
    assert shown.err == ""
    assert "study  Opposites\n" in shown.out
    assert "words          9        −1       6      2\n" in shown.out
    assert "steps                2" in shown.out
    assert "Memory on each device" in shown.out


def test_json_is_the_plan_and_nothing_else(study, capsys):
    assert main(["plan", "--json", "study.ift"]) == 0

    plan = Plan.model_validate_json(capsys.readouterr().out)
    assert plan.program.name == "study"
    assert plan.figures.datasets[0].splits == {"train": 6, "test": 2}


def test_what_is_not_at_hand_is_null_and_said(study, capsys):
    text = RECIPE.replace('path("llama")', 'hub("org/none", revision = "0123456789abcdef0123456789abcdef01234567")')
    study.write_text(text, encoding="utf-8")
    assert main(["plan", "--json", "study.ift"]) == 0

    figures = json.loads(capsys.readouterr().out)["figures"]
    assert (figures["train"], figures["memory"], figures["tasks"][0]["passes"]) == (None, None, None)
    assert figures["datasets"][0]["splits"] == {"train": 6, "test": 2}
    assert [figures["tasks"][0]["rows"][part] for part in ("source", "kept", "train", "test")] == [9, 8, 6, 2]


def test_a_model_that_is_not_here_is_named_in_one_line(study, capsys):
    study.write_text(RECIPE.replace('path("llama")', 'hub("org/none")'), encoding="utf-8")
    assert main(["plan", "study.ift"]) == 0

    notes = [line for line in capsys.readouterr().out.splitlines() if line.startswith("note:")]
    assert notes == [
        'note: model `tiny`, hub("org/none"), is not on this machine: tokens, steps and memory are unknown until '
        "`ift lock` fetches it"
    ]


def test_data_that_is_not_here_is_named(study, capsys):
    study.write_text(RECIPE.replace('jsonl("words.jsonl")', 'hub("org/none")'), encoding="utf-8")
    assert main(["plan", "study.ift"]) == 0

    assert "note: dataset `words` is not on this machine: its rows are unknown" in capsys.readouterr().out


def test_data_that_is_not_here_hides_no_other(study, capsys):
    study.write_text(RECIPE + ELSEWHERE, encoding="utf-8")

    assert main(["plan", "--json", "study.ift"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert [data["name"] for data in figures["datasets"]] == ["words"]
    assert figures["train"]["steps"] > 0
    assert [task["rows"]["source"] for task in figures["tasks"]] == [9, None]
    assert [(each["task"], each["rows"]) for each in figures["evaluate"]][-1] == ("other", None)

    assert main(["check", "--data", "study.ift"]) == 0
    assert "the rows of dataset `far` were not looked at" in capsys.readouterr().out

    assert main(["preview", "study.ift"]) == 0
    shown = capsys.readouterr()
    assert "words.jsonl, row" in shown.out
    assert "the rows of dataset `far` were not looked at" in shown.err
    assert main(["preview", "study.ift", "other"]) == 1


def test_a_sweep_is_an_object_a_line(study, capsys):
    sweep = "sweep {\n  train.learning_rate = [1e-3, 1e-4]\n}\n"
    study.write_text(RECIPE + sweep, encoding="utf-8")
    assert main(["plan", "--json", "study.ift"]) == 0

    plans = [Plan.model_validate_json(line) for line in capsys.readouterr().out.splitlines()]
    assert [plan.program.train.learning_rate for plan in plans] == [1e-3, 1e-4]


def test_a_sweep_is_one_plan_and_what_differs(study, capsys):
    sweep = "sweep {\n  train.learning_rate = [1e-3, 1e-4]\n  train.duration = [3 steps, 9 steps]\n}\n"
    study.write_text(RECIPE + sweep, encoding="utf-8")
    assert main(["plan", "study.ift"]) == 0

    out = capsys.readouterr().out
    assert out.startswith("train.learning_rate=1e-3,train.duration=3-steps, the first of 4 combinations\n")
    assert out.count("\nTraining\n") == 1
    head, _, *rows = out.partition("What differs in 4 combinations\n")[2].splitlines()[:6]
    assert re.split("   +", head)[:3] == ["combination", "train.duration", "train.learning_rate"]
    assert " steps " in head and "trained parameters" not in head
    assert [re.split("   +", row)[1:3] for row in rows] == [
        [f"{steps} steps", rate] for rate in ("0.001", "0.0001") for steps in (3, 9)
    ]


def test_a_setting_from_the_command_line_is_in_the_plan(study, capsys):
    assert main(["plan", "--json", "study.ift", "--set", "train.duration=3 steps"]) == 0
    assert json.loads(capsys.readouterr().out)["program"]["train"]["duration"] == {"amount": 3.0, "unit": "step"}


def test_a_recipe_with_errors_has_no_plan(study, capsys):
    study.write_text(RECIPE.replace("ask for words", "ask for word"), encoding="utf-8")
    assert main(["plan", "study.ift"]) == 1

    shown = capsys.readouterr()
    assert shown.out == "" and "error[IFT201]" in shown.err


def test_missing_data_is_an_error_at_its_path(study, capsys):
    Path("words.jsonl").unlink()
    assert main(["plan", "study.ift"]) == 1

    assert "error[IFT550]" in (errors := capsys.readouterr().err)
    assert "study.ift:11:" in errors


def test_a_column_that_the_data_lacks_is_placed_in_the_recipe(study, capsys):
    Path("words.jsonl").write_text('{"word": "hot", "other": "cold"}\n', encoding="utf-8")
    assert main(["plan", "study.ift"]) == 1

    assert "error[IFT552]" in (errors := capsys.readouterr().err)
    assert "study.ift:12:" in errors


def test_another_variants_mistakes_stop_no_plan(study, capsys):
    study.write_text(f"{RECIPE}\nvariant gaps {{ words.columns.word = optional(text) }}\n", encoding="utf-8")
    assert (main(["plan", "study.ift"]), main(["plan", "study.ift", "--variant", "strict"])) == (0, 0)
    assert "IFT409" not in capsys.readouterr().err
    assert main(["plan", "study.ift", "--variant", "gaps"]) == 1
    assert "IFT409" in capsys.readouterr().err


def test_settings_that_the_recipe_does_not_write_are_listed(study, capsys):
    assert main(["plan", "study.ift"]) == 0

    out = capsys.readouterr().out
    assert "Not written, by default\nmodel tiny " in out
    assert "checkpoint.keep = 2" in out and "batch = 4 examples" not in out


def test_variants_that_are_given_together_are_all_taken_unless_they_disagree(study, capsys):
    study.write_text(
        study.read_text()
        + "variant slow { train.learning_rate = 1e-5 }\n"
        + "variant long { train.duration = 9 steps }\n"
        + "variant short { train.duration = 3 steps }\n"
    )

    assert main(["plan", "study.ift", "--json", "--variant", "slow", "--variant", "long"]) == 0

    train = json.loads(capsys.readouterr().out)["program"]["train"]
    assert (train["learning_rate"], train["duration"]["amount"]) == (1e-5, 9)

    assert main(["plan", "study.ift", "--variant", "short", "--variant", "long"]) == 1
    assert "IFT361" in capsys.readouterr().err


def test_an_option_that_counts_once_is_refused_when_it_is_given_twice(capsys):
    assert main(["plan", "study.ift", "--color", "never", "--color", "always"]) == 2

    assert "argument --color: given twice" in capsys.readouterr().err
