"""The hooks, run by the real pre-commit in a real repository, with the base package alone installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.studies import write_study

CONFIG = """\
repos:
  - repo: {checkout}
    rev: {revision}
    hooks:
      - id: ift-check
      - id: ift-fmt
"""

GOOD = "seed = 17\n"
BAD = "seed = \n"


def git(folder: Path, *args: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *args], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def hooked(tmp_path_factory, repository):
    """A repository whose hooks come from this checkout's last commit."""
    folder = tmp_path_factory.mktemp("hooked")
    git(folder, "init", "-q")
    revision = git(repository, "rev-parse", "HEAD")
    config = CONFIG.format(checkout=repository, revision=revision)
    (folder / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    return folder, os.environ | {"PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("home"))}


def run_hooks(hooked, text: str) -> subprocess.CompletedProcess[str]:
    folder, environment = hooked
    (folder / "study.ift").write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    command = [sys.executable, "-m", "pre_commit", "run", "--color=never"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900)


@pytest.mark.heavy
def test_hooks_pass_a_good_recipe(hooked):
    done = run_hooks(hooked, GOOD)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Passed") == 2


@pytest.mark.heavy
def test_hooks_stop_a_recipe_with_an_error_and_show_it(hooked):
    done = run_hooks(hooked, BAD)

    assert done.returncode == 1
    assert "error[IFT1" in done.stdout and "study.ift:" in done.stdout


@pytest.mark.heavy
def test_a_hook_that_passes_shows_its_warnings(hooked):
    done = run_hooks(hooked, "# allow IFT403: there was a column once\nseed = 17\n")

    assert done.returncode == 0
    assert "warning[IFT351]" in done.stdout


@pytest.mark.heavy
def test_a_changed_csv_has_the_recipe_checked_that_reads_it(hooked):
    folder, environment = hooked
    dataset = 'dataset d {\n  source = csv("rows.csv")\n  columns {\n    note = text\n  }\n}\n'
    (folder / "rows.csv").write_text("note\na\n", encoding="utf-8")
    assert run_hooks(hooked, dataset).returncode == 0

    command = [sys.executable, "-m", "pre_commit", "run", "--color=never", "--files", "rows.csv"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900)

    assert "1 file checked: no problems" in done.stdout
    (folder / "rows.csv").unlink()


@pytest.mark.heavy
def test_the_formatting_hook_rewrites_and_fails_once(hooked):
    assert run_hooks(hooked, "seed=17\n").returncode == 1
    assert (hooked[0] / "study.ift").read_text(encoding="utf-8") == GOOD
    assert run_hooks(hooked, GOOD).returncode == 0


@pytest.mark.heavy
def test_the_hooks_install_nothing_that_runs_models(hooked):
    run_hooks(hooked, GOOD)
    installed = {path.name for path in Path(hooked[1]["PRE_COMMIT_HOME"]).rglob("site-packages/*")}

    assert {"lark", "jinja2", "pydantic", "rich"} <= installed
    assert not {"torch", "transformers", "numpy", "datasets", "accelerate"} & installed


@pytest.mark.heavy
def test_with_the_base_package_alone_recipes_are_planned_and_a_run_says_what_is_missing(hooked, tmp_path):
    run_hooks(hooked, GOOD)
    (python,) = {path.parent for path in Path(hooked[1]["PRE_COMMIT_HOME"]).rglob("bin/ift-run")}
    write_study(tmp_path)

    planned = subprocess.run([python / "ift", "plan", "study.ift"], cwd=tmp_path, capture_output=True, text=True)
    started = subprocess.run([python / "ift-run", "study.ift"], cwd=tmp_path, capture_output=True, text=True)

    assert (planned.returncode, planned.stderr) == (0, "")
    assert "asking" in planned.stdout
    assert started.returncode == 4
    assert started.stderr.startswith("error[IFT006]")
    assert "Traceback" not in started.stderr
