"""The house's directions of import, and what a start-up may load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "transformers", "tokenizers", "datasets", "accelerate", "peft", "numpy", "pyarrow"}


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after the statement."""
    code = f"{statement}; import sys; print('\\n'.join({{name.partition('.')[0] for name in sys.modules}}))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_import_contracts_hold():
    linter = Path(sys.executable).parent / "lint-imports"
    run = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)

    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("module", ["recipe_lang.cli", "recipe_lang.check", "recipe_lang.plan"])
def test_compiler_loads_nothing_heavy(module: str):
    assert loaded_by(f"import {module}") & HEAVY == set()


def test_a_good_recipe_is_checked_without_pages():
    code = """
import sys
from pathlib import Path

from recipe_lang.check import check

opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
diagnostics = check(Path("recipes/quickstart.ift"), cwd=Path.cwd()).diagnostics
print(len(diagnostics), [name for name in opened if name.endswith(".md")], any("quickstart" in name for name in opened))
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert run.stdout == "0 [] True\n"


def test_plan_path_loads_no_torch():
    loaded = loaded_by("import runtime.data, runtime.models.folder, runtime.models.facts")

    assert loaded & {"torch", "transformers", "peft", "accelerate", "datasets"} == set()
