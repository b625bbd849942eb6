"""`ift lock`, and the checks of the world outside: `ift check --locked` and `--data`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from recipe_lang.cli import main
from recipe_lang.program.lock import Lock
from tests.cli.studies import RECIPE, write_study
from tests.models.tiny import tiny_model_folder


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    return write_study(tmp_path)


def codes(capsys) -> list[str]:
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    return [f"{d['severity']} {d['code']} {d['line']}" for d in found]


def test_the_lock_holds_facts_of_the_outside_world(study, capsys):
    assert main(["lock", "study.ift"]) == 0
    assert capsys.readouterr().out == "locked 1 model and 1 dataset in study.ift.lock\n"

    lock = Lock.model_validate_json(Path("study.ift.lock").read_bytes())
    assert lock.datasets["words"].rows == 9
    assert set(lock.models) == {"tiny"}


def test_training_rows_that_are_taken_out_are_in_the_lock(study, capsys):
    sources = '{ train = jsonl("words.jsonl")\n test = jsonl("asked.jsonl") }\n  on_overlap = drop_from_train'
    text = re.sub(r"  split .*\n", "", study.read_text(encoding="utf-8"))
    study.write_text(text.replace('source  = jsonl("words.jsonl")', f"source {sources}"), encoding="utf-8")
    Path("asked.jsonl").write_text('{"word": "HOT", "opposite": "cool"}\n', encoding="utf-8")

    assert main(["lock", "study.ift"]) == 0
    assert Lock.model_validate_json(Path("study.ift.lock").read_bytes()).datasets["words"].overlapping == 1


def test_locking_again_says_what_changed(study, capsys):
    main(["lock", "study.ift"])
    before = Path("study.ift.lock").read_bytes()
    main(["lock", "study.ift"])
    assert before == Path("study.ift.lock").read_bytes()

    with open("words.jsonl", "a", encoding="utf-8") as file:
        file.write('{"word": "near", "opposite": "far"}\n')
    capsys.readouterr()
    assert main(["lock", "study.ift"]) == 0
    assert "dataset words (rows) was 9, is 10\n" in capsys.readouterr().out


def test_locked_wants_a_lock_of_these_models_and_datasets(study, capsys):
    check = ["check", "--locked", "--format", "json", "study.ift"]
    assert main(check) == 1
    assert codes(capsys) == ["error IFT013 1"]

    main(["lock", "study.ift"])
    capsys.readouterr()
    assert main(check) == 0

    capsys.readouterr()
    study.write_text(RECIPE.replace("words", "terms").replace("terms.jsonl", "words.jsonl"), encoding="utf-8")
    assert main(check) == 1
    assert codes(capsys) == ["error IFT015 1", "error IFT015 11"]


def test_locked_sees_other_columns_and_files_without_the_rows(study, capsys):
    template = "{% for turn in messages %}[{{ turn.role }}]{{ turn.content }}{% endfor %}"
    template += "{% if add_generation_prompt %}[assistant]{% endif %}"
    Path("chat.jinja").write_text(template, encoding="utf-8")
    recipe = RECIPE.replace('path("llama")', 'path("llama")\n  chat   = path("chat.jinja")')
    study.write_text(recipe, encoding="utf-8")
    check = ["check", "--locked", "--format", "json", "study.ift"]
    assert main(["lock", "study.ift"]) == 0
    capsys.readouterr()
    assert main(check) == 0, capsys.readouterr().out
    capsys.readouterr()

    study.write_text(recipe.replace("opposite = text", 'opposite = label("cold", "down")'), encoding="utf-8")
    with open("llama/tokenizer.json", "a", encoding="utf-8") as file:
        file.write("\n")
    Path("chat.jinja").write_text(template + " ", encoding="utf-8")
    assert main(check) == 1
    said = [found["message"] for found in json.loads(capsys.readouterr().out)["diagnostics"]]
    assert said[0].startswith("tokenizer_hash of model `tiny` was ")
    assert said[1].startswith("chat_template_hash of model `tiny` was ")
    assert said[2].startswith("column `opposite` of dataset `words` was text, is label(names = (")


def test_with_data_locked_sees_other_rows(study, capsys):
    main(["lock", "study.ift"])
    rows = Path("words.jsonl").read_text(encoding="utf-8")
    Path("words.jsonl").write_text(rows.replace("cold", "chilly"), encoding="utf-8")
    capsys.readouterr()

    assert main(["check", "--locked", "--format", "json", "study.ift"]) == 0
    capsys.readouterr()
    assert main(["check", "--locked", "--data", "--format", "json", "study.ift"]) == 1
    assert codes(capsys) == ["error IFT015 11"]


@pytest.mark.parametrize("command", [["plan"], ["run"], ["eval", "--model", "llama"]])
def test_what_is_not_as_it_was_locked_is_said_and_does_not_keep_anyone(study, capsys, command: list[str]):
    main(["lock", "study.ift"])
    assert main([*command, "study.ift"]) == 0
    assert "IFT015" not in capsys.readouterr().err
    rows = Path("words.jsonl").read_text(encoding="utf-8")
    Path("words.jsonl").write_text(rows.replace("cold", "chilly"), encoding="utf-8")

    assert main([*command, "study.ift", *(["--overwrite"] if command[0] != "plan" else [])]) == 0
    assert "warning[IFT015]: hash of dataset `words` was" in capsys.readouterr().err


def test_a_model_that_is_only_evaluated_is_not_held_to_the_lock(study, capsys):
    tiny_model_folder("gpt2", study.parent)
    main(["lock", "study.ift"])
    capsys.readouterr()

    assert main(["eval", "study.ift", "--model", "gpt2"]) == 0
    assert "IFT015" not in capsys.readouterr().err


def test_a_variant_may_have_other_data_than_the_lock(study, capsys):
    main(["lock", "study.ift"])
    Path("others.jsonl").write_text(Path("words.jsonl").read_text(encoding="utf-8").replace("cold", "chilly"))
    capsys.readouterr()

    assert main(["plan", "study.ift", "--set", 'words.source=jsonl("others.jsonl")']) == 0
    assert "IFT015" not in capsys.readouterr().err


def test_a_broken_lock_is_said(study, capsys):
    Path("study.ift.lock").write_text("{}", encoding="utf-8")

    assert main(["check", "--locked", "--format", "json", "study.ift"]) == 1
    assert codes(capsys) == ["error IFT014 1"]


def test_data_looks_at_rows_and_places_what_it_finds(study, capsys):
    check = ["check", "--data", "--format", "json", "study.ift"]
    assert main(check) == 0
    assert codes(capsys) == []

    Path("words.jsonl").write_text('{"word": "hot", "other": "cold"}\n', encoding="utf-8")
    assert main(check) == 1
    assert codes(capsys) == ["error IFT552 12"]


def test_data_sees_an_answer_rule_that_finds_nothing_in_references(study, capsys):
    rule = 'metrics   = [exact_match]\n  answer    = regex("#### (.+)")'
    study.write_text(
        RECIPE.replace("metrics   = [rouge1]", rule).replace("asking.rouge1", "asking.exact_match"), "utf-8"
    )

    assert main(["check", "--format", "json", "study.ift"]) == 0
    capsys.readouterr()
    assert main(["check", "--data", "--format", "json", "study.ift"]) == 1
    (found,) = codes(capsys)
    assert found.startswith("error IFT853")


@pytest.mark.parametrize("written", ['jsonl("words.jsonl")', 'jsonl(["words.jsonl"])', 'jsonl("*.jsonl")'])
def test_a_data_file_that_is_missing_is_said_once(study, capsys, written):
    study.write_text(RECIPE.replace('jsonl("words.jsonl")', written), encoding="utf-8")
    Path("words.jsonl").unlink()

    assert main(["check", "--format", "json", "study.ift"]) == 0
    assert codes(capsys) == ["warning IFT505 11"]
    assert main(["check", "--data", "--format", "json", "study.ift"]) == 1
    assert codes(capsys) == ["error IFT550 11"]


def test_what_is_not_on_this_machine_is_a_note(study, capsys):
    study.write_text(
        RECIPE.replace('path("llama")', 'hub("org/none", revision = "' + "0" * 40 + '")'), encoding="utf-8"
    )

    assert main(["check", "--data", "--format", "json", "study.ift"]) == 0
    assert codes(capsys) == ["note IFT017 7"]


def test_a_sample_that_takes_too_long_is_stopped(study, capsys, monkeypatch):
    monkeypatch.setattr("recipe_lang.cli.sample.SECONDS", 0.05)

    assert main(["check", "--data", "--format", "json", "study.ift"]) == 1
    assert codes(capsys) == ["error IFT016 1"]
