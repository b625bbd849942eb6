"""The wheel and the editable install carry what checking needs, and nothing more is asked for."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.heavy

RECIPE = """\
import "std/commonsense.ift" as commonsense

dataset d {
  source = csv("rows.csv")
  columns {
    note = text
  }
}
"""


def pip(python: Path | str, *arguments: str) -> None:
    done = subprocess.run([python, "-m", "pip", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip(sys.executable, "wheel", "--no-deps", "-q", "-w", str(folder), str(repository))
    (built,) = folder.glob("ift_recipes-*.whl")
    return built


def test_wheel_holds_grammar_library_and_pages(wheel: Path):
    names = set(zipfile.ZipFile(wheel).namelist())

    assert "recipe_lang/_shipped/grammar/ift.lark" in names
    assert "recipe_lang/_shipped/std/commonsense.ift" in names
    assert any(name.startswith("recipe_lang/diagnostics/explain/IFT") for name in names)
    assert any(name.startswith("recipe_lang/diagnostics/explain/bases/") for name in names)
    assert not any(name.startswith(("tests/", "grammar/", "recipes/")) for name in names)


@pytest.mark.parametrize("editable", [False, True])
def test_a_base_install_checks_a_recipe(editable: bool, wheel: Path, repository: Path, tmp_path: Path):
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    what = ["-e", str(repository)] if editable else [str(wheel)]
    pip(environment / "bin" / "python", "install", "-q", "-c", str(repository / "constraints.txt"), *what)
    recipe = tmp_path / "recipe.ift"
    recipe.write_text(RECIPE)
    (tmp_path / "rows.csv").write_text("note\nx\n")

    done = subprocess.run(
        [environment / "bin" / "ift", "check", recipe.name], cwd=tmp_path, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr
