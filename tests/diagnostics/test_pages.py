"""The examples of `ift explain` do what they say."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.diagnostics import registry
from recipe_lang.diagnostics.examples import ExampleFile
from recipe_lang.source import Source
from recipe_lang.syntax import parse

CHECKED = [page.code for page in registry.pages() if page.stage == "check"]
SEEN_BY_RUNS = [
    page.code for page in registry.pages() if page.stage == "run" and any(f.language == "ift" for f in page.good)
]
COMMANDS = [page.code for page in registry.pages() if page.stage == "command"]


def write(files: tuple[ExampleFile, ...], folder: Path) -> list[Path]:
    """The files of an example, in a repository of their own; returns those that are recipes."""
    (folder / ".git").mkdir()
    for file in files:
        if file.language != "console":
            path = folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.text.encode("latin1" if file.language == "latin1" else "utf-8"))
    return [folder / file.name for file in files if file.language == "ift"]


def found_by_check(files: tuple[ExampleFile, ...], folder: Path) -> list[tuple[str, str]]:
    """Code and severity of everything that checking the first recipe finds."""
    recipe = write(files, folder)[0]
    return [(d.code, d.severity) for d in check(recipe, cwd=folder).diagnostics]


@pytest.mark.parametrize("code", CHECKED)
def test_the_bad_example_gives_exactly_its_code(code, tmp_path):
    page = registry.page(code)

    assert {(code, page.severity)} == set(found_by_check(page.bad, tmp_path))


@pytest.mark.parametrize("code", CHECKED)
def test_a_comment_accepts_the_problem_where_the_page_says_so(code, tmp_path):
    """One stands above every block and setting of the file that begins a line."""
    page = registry.page(code)
    recipe = write(page.bad, tmp_path)[0]
    text = recipe.read_text("utf-8")
    for item in reversed(parse(Source("", text))[0].body.items):
        before, rest = text[: item.span.start], text[item.span.start :]
        text = f"{before}# allow {code}: an example\n{rest}" if before[-1:] in ("", "\n") else text
    recipe.write_text(text, "utf-8")

    assert page.acceptable == (code not in {d.code for d in check(recipe, cwd=tmp_path).diagnostics})


@pytest.mark.parametrize("code", CHECKED)
def test_the_good_example_is_clean(code, tmp_path):
    assert found_by_check(registry.page(code).good, tmp_path) == []


@pytest.mark.parametrize("code", SEEN_BY_RUNS)
def test_the_good_example_of_what_a_run_sees_passes_the_check(code, tmp_path):
    assert found_by_check(registry.page(code).good, tmp_path) == []


def run_console(files: tuple[ExampleFile, ...], folder: Path) -> str:
    """What the example's command line says, run in a shell that finds this package's `ift`."""
    write(files, folder)
    ift = folder / ".git" / "bin" / "ift"
    ift.parent.mkdir()
    ift.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "import sys, recipe_lang.cli as c; sys.exit(c.main())" "$@"\n'
    )
    ift.chmod(ift.stat().st_mode | stat.S_IXUSR)
    (line,) = [file.text for file in files if file.language == "console"]
    repository = Path(__file__).parent.parent.parent
    environment = os.environ | {"PATH": f"{ift.parent}:{os.environ['PATH']}", "PYTHONPATH": str(repository)}
    done = subprocess.run(line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def codes_said(output: str) -> set[str]:
    return set(re.findall(r"^(?:error|warning|note)\[(IFT\d{3})\]", output, re.MULTILINE))


@pytest.mark.parametrize("code", COMMANDS)
def test_the_bad_command_gives_exactly_its_code(code, tmp_path):
    assert {code} == codes_said(run_console(registry.page(code).bad, tmp_path))


@pytest.mark.parametrize("code", COMMANDS)
def test_the_good_command_is_clean(code, tmp_path):
    assert set() == codes_said(run_console(registry.page(code).good, tmp_path))
