"""Modules of the working folder: no process of ours imports one, whatever its name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.cli.shell import ift
from tests.train.recipe import write_recipe

SHADOWS = ("resource.py", "json.py", "torch.py", "pip.py", "runtime/__init__.py", "recipe_lang/__init__.py")
OWNED = "from pathlib import Path\n\nPath(__file__).with_suffix('.owned').write_text('')\n"


def shadow(folder: Path) -> None:
    for name in SHADOWS:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(OWNED)


def owned(folder: Path) -> list[str]:
    return [path.as_posix() for path in folder.rglob("*.owned")]


def test_a_sample_of_the_data_is_taken_without_them(tmp_path: Path):
    recipe = write_recipe(tmp_path, "duration = 2 steps")
    shadow(tmp_path)

    done = ift("check", "--data", recipe.name, cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert owned(tmp_path) == []


@pytest.mark.heavy
def test_processes_that_train_together_start_without_them(tmp_path: Path):
    recipe = write_recipe(tmp_path, "duration = 2 steps\nbatch = 4 examples\ndistribute = ddp\ndevices = 2")
    shadow(tmp_path)

    done = ift("run", recipe.name, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert owned(tmp_path) == []


def test_each_python_is_started_by_the_one_function_that_keeps_them_out(repository: Path):
    """`recipe_lang.interpreter`: any other use of the interpreter's path starts a process that is not safe."""
    starting = [
        path.relative_to(repository).as_posix()
        for package in ("recipe_lang", "runtime")
        for path in (repository / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "executable"
    ]

    assert starting == ["recipe_lang/interpreter.py"]
