"""Everything under `recipes/` is clean and formatted, and ships the data that it says it ships."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.source import Source
from recipe_lang.syntax import parse
from recipe_lang.syntax.formatter import format_file

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "recipes"
DATA = RECIPES / "data"

LAB = {"quickstart", "multi_task", "reviews", "translation", "full_tuning", "encoder_decoder"}
LIBRARY = {"bigbench", "commonsense", "flan", "glue", "helm", "mmlu", "superglue"}

FILES = sorted(RECIPES.rglob("*.ift"))
MAIN = sorted(RECIPES.glob("*.ift"))
FOLDERS = sorted(path for path in DATA.iterdir() if path.is_dir())


def name(path: Path) -> str:
    return path.relative_to(RECIPES).as_posix()


def test_nothing_is_missed():
    assert {path.stem for path in FILES if path.parent == RECIPES} >= LAB
    assert {path.stem for path in FILES if path.parent == RECIPES / "std"} >= LIBRARY
    assert {path.parent for path in FILES} == {RECIPES, RECIPES / "std"}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_problem_is_found(path: Path):
    checked = check(path, cwd=ROOT)

    assert [(found.code, found.message) for found in checked.diagnostics] == []


@pytest.mark.parametrize("path", MAIN, ids=name)
def test_the_smoke_variant_is_clean_too(path: Path):
    checked = check(path, variants=["smoke"], cwd=ROOT)

    assert [(found.code, found.message) for found in checked.diagnostics] == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_layout_is_the_formatters(path: Path):
    text = path.read_text("utf-8")
    file, problems = parse(Source(name(path), text))

    assert problems == []
    assert format_file(file) == text


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_shipped_data_is_what_its_page_says(folder: Path):
    page = (folder / "README.md").read_text("utf-8")
    shipped = {path for path in folder.iterdir() if path.name not in ("README.md", "LICENSE.txt")}

    assert shipped
    assert (folder / "LICENSE.txt").stat().st_size > 0
    assert set(re.findall(r"\b[0-9a-f]{64}\b", page)) == {
        hashlib.sha256(path.read_bytes()).hexdigest() for path in shipped
    }
    for path in shipped:
        assert f"`{path.name}`" in page


def test_shipped_data_is_used_and_has_no_column_that_points_to_a_person():
    recipes = "".join(path.read_text("utf-8") for path in MAIN)

    for path in DATA.rglob("*.*"):
        if path.suffix in (".csv", ".jsonl"):
            assert f'"{path.relative_to(RECIPES).as_posix()}"' in recipes
    header = (DATA / "fine_food_reviews" / "reviews.csv").read_text("utf-8").splitlines()[0]
    assert header == "Score,Summary,Text"
