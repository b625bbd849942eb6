"""`ift compare`: finished runs side by side."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from recipe_lang.cli import main
from recipe_lang.program.comparison import Comparison
from tests.evaluate.test_runs import finished


@pytest.fixture
def runs(tmp_path, monkeypatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    finished(Path("runs/lr/a"))
    finished(Path("runs/lr/b"), seed=3)
    return ["runs/lr/a", "runs/lr/b"]


def test_tables_on_the_terminal(runs, capsys):
    assert main(["compare", *runs]) == 0

    shown = capsys.readouterr().out
    assert all(part in shown for part in ("Tuned models", "Settings that differ", "Cost of training", "recipe.seed"))
    assert "\x1b" not in shown


def test_a_sweeps_folder_stands_for_its_runs(runs, capsys):
    assert main(["compare", *runs, "--json"]) == 0
    named = capsys.readouterr().out
    assert main(["compare", "runs/lr", "--json"]) == 0

    assert capsys.readouterr().out == named
    assert [run["name"] for run in json.loads(named)["runs"]] == ["a", "b"]


def test_the_document_has_its_published_form(runs, capsys):
    assert main(["compare", *runs, "--json"]) == 0

    Comparison.model_validate_json(capsys.readouterr().out)


def test_the_page_is_one_file(runs, capsys):
    assert main(["compare", *runs, "--html", "both.html"]) == 0

    assert "<title>a against b</title>" in Path("both.html").read_text(encoding="utf-8")


def test_one_run_alone_is_refused(runs, capsys):
    assert main(["compare", runs[0]]) == 1
    assert "error[IFT875]: `runs/lr/a` is one run, and there is none to compare it with" in capsys.readouterr().err


@pytest.mark.parametrize("again", ["runs/lr/a", "runs/../runs/lr/a/", "runs/lr"])
def test_a_run_beside_itself_is_refused(runs, capsys, again):
    assert main(["compare", runs[0], again]) == 1
    assert "`runs/lr/a` and `" in (message := capsys.readouterr().err)
    assert "are one run, and it differs from itself in nothing" in message


def test_the_best_run_is_named_with_its_lead(runs, capsys):
    assert main(["compare", *runs, "--best", "note_writing.rouge1"]) == 0
    assert re.search(
        r"Best by note_writing\.rouge1: `a` with 0\.\d+, .* against the next, `b`", capsys.readouterr().out
    )

    assert main(["compare", *runs, "--best", "note_writing.bertscore"]) == 1
    assert "have no figure of `note_writing.bertscore` in common" in capsys.readouterr().err


def test_other_rows_are_refused(runs, capsys):
    path = Path(runs[1], "predictions/hellaswag.test.base.0-shot.jsonl")
    path.write_text("\n".join(path.read_text().splitlines()[1:]) + "\n")

    assert main(["compare", *runs]) == 1
    assert "`a` and `b` do not hold the same rows of hellaswag/test" in capsys.readouterr().err


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nowhere", "there is no such folder"),
        ("runs/lr/a/results.json", "it is a file"),
        ("runs", "there is no `plan.json` and no `results.json` in it"),
        ("stopped", "there is no `results.json` in it"),
    ],
)
def test_what_is_no_run_is_refused_in_our_words(runs, capsys, path, reason, alone):
    Path("stopped").mkdir()
    Path("stopped/plan.json").write_text("{}")

    assert main(["compare", path] if alone else ["compare", runs[0], path]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"error[IFT870]: `{path}` is not the folder of a finished run: {reason}",
        "  = help: name a folder that a run has filled to its end (`plan.json`, `results.json`, `predictions/`); "
        "`ift-run RECIPE --resume` ends a run that was stopped",
        "  = more: ift explain IFT870",
    ]


@pytest.mark.parametrize("file", ["plan.json", "results.json"])
@pytest.mark.parametrize("text", ["{", "{}", "[]"])
def test_a_damaged_run_is_refused_in_our_words(runs, capsys, file, text):
    Path(runs[1], file).write_text(text)

    assert main(["compare", *runs]) == 1
    assert f"`runs/lr/b` is not the folder of a finished run: its `{file}` is damaged" in capsys.readouterr().err


def test_predictions_that_are_missing_are_named(runs, capsys):
    name = "predictions/hellaswag.test.base.0-shot.jsonl"
    Path(runs[1], name).unlink()

    assert main(["compare", *runs]) == 1
    (line, *_) = capsys.readouterr().err.splitlines()
    assert line == f"error[IFT870]: `runs/lr/b` is not the folder of a finished run: there is no `{name}` in it"
