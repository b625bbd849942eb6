"""Sweeps: a run in a folder of its own for each combination, and a comparison of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from recipe_lang.cli import main, main_run
from tests.runs.recipe import RECIPE


@pytest.fixture
def swept(study, tmp_path: Path):
    """Runs a sweep over some learning rates, with further arguments."""

    def run(rates: str, *arguments: str) -> int:
        if not (tmp_path / "sums.ift").exists():
            assert study() == 0
            with (tmp_path / "sums.ift").open("a") as recipe:
                recipe.write(f"\nsweep {{\n  train.learning_rate = [{rates}]\n}}\n")
        return main_run(["sums.ift", "--output", "swept", *arguments])

    return run


def test_a_sweep_runs_every_combination_in_a_folder_of_its_own(swept, tmp_path: Path, capsys):
    assert swept("1e-3, 1e-4") == 0

    plans = [json.loads(path.read_text()) for path in sorted((tmp_path / "swept").glob("*/plan.json"))]
    assert sorted(plan["program"]["train"]["learning_rate"] for plan in plans) == [1e-4, 1e-3]
    assert "train.learning_rate" in (tmp_path / "swept" / "compare.html").read_text()
    assert "Settings that differ" in capsys.readouterr().out


def test_a_sweep_asks_the_model_that_it_begins_with_once(swept, tmp_path: Path, asked: list[int]):
    assert swept("1e-3, 1e-4, 1e-5") == 0

    one, *others = [path.read_bytes() for path in (tmp_path / "swept").glob("*/predictions/*.base.*")]
    assert others == [one, one]
    alone, between, end = 1 + 2 + 1, 2, 1
    assert len(asked) == alone + 1 + 3 * (between + end)


def test_a_sweep_that_is_replaced_asks_anew(swept, tmp_path: Path, asked: list[int]):
    assert swept("1e-3, 1e-4") == 0
    before = len(asked)

    assert swept("1e-3, 1e-4", "--overwrite") == 0

    assert len(asked) - before == 1 + 2 * (2 + 1)


def test_a_sweep_is_resumed_as_a_whole(swept, tmp_path: Path):
    """Combinations that are finished stay as they are; the others are begun, or go on."""
    assert swept("1e-3, 1e-4") == 0
    done, lost = sorted(path.parent for path in (tmp_path / "swept").glob("*/results.json"))
    expected = (lost / "results.json").read_bytes()
    answered = {path: path.stat().st_mtime_ns for path in done.glob("predictions/*")}
    shutil.rmtree(lost)

    assert swept("1e-3, 1e-4") == 2
    assert swept("1e-3, 1e-4", "--resume") == 0

    assert {path: path.stat().st_mtime_ns for path in done.glob("predictions/*")} == answered
    assert (lost / "results.json").read_bytes() == expected


def seeds_swept(study, tmp_path: Path, recipe: str = RECIPE) -> list[int]:
    """The seeds of the runs that a sweep over seeds has made."""
    assert study(recipe=recipe, tail="\nsweep {\n  recipe.seed = [1, 2, 3]\n}\n") == 0

    plans = sorted((tmp_path / "runs" / "sums").glob("*/plan.json"))
    return [json.loads(path.read_text())["program"]["seed"] for path in plans]


def test_a_sweep_over_seeds_repeats_the_run_and_compares_it(study, tmp_path: Path, capsys):
    """Where the source has the splits."""
    start, end = RECIPE.index("  source = jsonl"), RECIPE.index("template ask")
    own = [f'{name} = jsonl("numbers.{name}.jsonl")' for name in ("train", "validation", "test")]
    given = f"  source {{\n    {chr(10).join(own)}\n  }}\n  columns {{ question = text, answer = text }}\n}}\n\n"
    rows = (tmp_path / "numbers.jsonl").read_text().splitlines(keepends=True)
    for name, part in (("train", rows[:24]), ("validation", rows[24:32]), ("test", rows[32:])):
        (tmp_path / f"numbers.{name}.jsonl").write_text("".join(part))

    assert seeds_swept(study, tmp_path, RECIPE[:start] + given + RECIPE[end:]) == [1, 2, 3]
    assert "IFT" not in capsys.readouterr().err
    assert main(["compare", "runs/sums"]) == 0
    assert "recipe.seed" in capsys.readouterr().out


def test_a_sweep_over_seeds_draws_other_splits_which_are_not_compared(study, tmp_path: Path, capsys):
    assert seeds_swept(study, tmp_path) == [1, 2, 3]

    said = capsys.readouterr().err
    assert "IFT855" in said and "the same `recipe.seed`, which draws splits" in said


def test_a_combination_that_fails_leaves_the_others_to_run(swept, tmp_path: Path, capsys):
    assert swept("0.99, 1e-4, 1e-5", "--set", "train.optimizer=adamw(weight_decay=1e5)") == 4

    assert "IFT750" in capsys.readouterr().err
    assert len(list((tmp_path / "swept").glob("*/results.json"))) == 2
