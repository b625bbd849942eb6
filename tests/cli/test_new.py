"""`ift new`."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.cli import main
from recipe_lang.cli.new import starters
from recipe_lang.source import Source
from recipe_lang.syntax import parse
from recipe_lang.syntax.formatter import format_file


@pytest.mark.parametrize("starter", starters())
def test_a_new_recipe_is_clean_and_formatted(starter, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert main(["new", "lab/first_try.ift", "--from", starter]) == 0

    recipe = Path("lab/first_try.ift")
    text = recipe.read_text(encoding="utf-8")
    assert "recipe first_try {" in text
    assert check(recipe, cwd=tmp_path).diagnostics == []
    assert text == format_file(parse(Source("first_try.ift", text))[0])
    assert Path("lab/data/first_try.jsonl").read_text(encoding="utf-8").count("\n") >= 20


def test_nothing_is_replaced(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("old.ift").write_text("seed = 17\n", encoding="utf-8")

    assert main(["new", "old"]) == 1
    assert "error[IFT009]: `old.ift` is already there" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["old.ift"]


@pytest.mark.parametrize("arguments", [["2nd"], ["fine", "--from", "lables"]])
def test_a_bad_name_or_starter_is_a_usage_error(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    assert main(["new", *arguments]) == 2
    assert "error[IFT008]" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_another_ending_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    assert main(["new", "notes/x.txt"]) == 2
    assert "write `notes/x.ift`" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
