"""No file that a command opens, whatever it holds or is, ends a command in an internal error, a hang, or no word."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.documents.damage import DAMAGE
from tests.documents.project import Ended, run, write_project

CHECK, FORMAT, PLAN = ("check", "."), ("fmt", "--check", "."), ("plan", "all.ift")
COMPARE = ("compare", "runs/study", "runs/again", "--html", "both.html")
RESUME = ("run", "study.ift", "--resume")
REPLACE = ("run", "study.ift", "--overwrite")
EVALUATE = ("eval", "study.ift", "--model", "runs/study/model", "--output", "judged")
PREPARING = [("fmt", "."), ("lock", "all.ift"), ("run", "study.ift"), ("run", "study.ift", "--output", "runs/again")]
OPENED: dict[str, list[tuple[str, ...]]] = {
    "*.ift": [CHECK, FORMAT],
    "all.ift": [CHECK, FORMAT, PLAN],
    "library.ift": [CHECK, FORMAT, ("plan", "importing.ift")],
    "all.ift.lock": [CHECK, ("check", "--locked", "all.ift"), PLAN, ("lock", "all.ift")],
    "config.json": [CHECK, ("plan", "scratch.ift")],
    "chat.jinja": [PLAN],
    "templates.yaml": [("new", "--from", "promptsource", "templates.yaml")],
    "data/*": [PLAN],
    "llama/*": [CHECK, ("plan", "study.ift")],
    "sharded/*": [CHECK, PLAN],
    "old/*": [CHECK, ("plan", "old.ift")],
    "runs/again/*": [],
    "runs/study/*.html": [],
    "runs/study/*.md": [],
    "runs/study/*.jsonl": [COMPARE, RESUME],
    "runs/study/plan.json": [COMPARE, RESUME, ("diff", "runs/study", "runs/again"), REPLACE],
    "runs/study/recipe.lock": [RESUME],
    "runs/study/results.json": [COMPARE, RESUME],
    "runs/study/predictions/*": [COMPARE],
    "runs/study/untouched/*": [RESUME],
    "runs/study/checkpoints/step-1/*": [],
    "runs/study/checkpoints/step-2/*": [RESUME],
    "runs/study/model/*": [CHECK, ("plan", "tuned.ift"), EVALUATE],
    "cache/*": [PLAN],
    "cache/data/*.npy": [],
    "cache/data/users/*": [],
    "*.lock": [],
}
"""Files of the project → commands that open them; none where the same is opened elsewhere, or nothing is."""
ONE_OF = int(os.environ.get("IFT_DAMAGED_ONE_OF", 40))
"""Of so many pairs of a file and a state one is tried; 1 tries all, for most of an hour."""
COMMANDS = list(dict.fromkeys(command for commands in OPENED.values() for command in commands))
SAMPLE = [
    ("llama/tokenizer.json", "{}"),
    ("llama/config.json", "nested"),
    ("data/saved/state.json", "a pipe"),
    ("sharded/model.safetensors.index.json", "[]"),
    ("runs/study/results.json", "cut in half"),
    ("runs/study/model/adapter_config.json", "null"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("documents") / "project"
    write_project(folder)
    for command in PREPARING:
        ended = run(folder, *command)
        assert ended.code == 0, ended.said
    return folder


def damaged(project: Path, folder: Path, file: str, how: str) -> Iterator[tuple[str, Ended]]:
    """What each command comes to that opens the file."""
    for command in commands_of(file):
        shutil.copytree(project, folder, symlinks=True)
        DAMAGE[how](folder / file)
        yield f"{file}: {how}: {' '.join(command)}", run(folder, *command)
        shutil.rmtree(folder)


def commands_of(file: str) -> list[tuple[str, ...]]:
    return OPENED[max((pattern for pattern in OPENED if fnmatch(file, pattern)), key=len)]


def files_of(project: Path) -> list[str]:
    return sorted(path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file())


def complaint(ended: Ended) -> str | None:
    if ended.code is None:
        return "it does not end"
    if ended.code < 0 or re.search("internal error|IFT018|Traceback", ended.said):
        return f"it fails ({ended.code}): {ended.said[-2000:]}"
    if ended.code and not re.search(r"IFT\d{3}", ended.said):
        return f"it ends with {ended.code} and no diagnostic: {ended.said[-2000:]}"
    return "it takes more than 500 MB" if ended.grown > 500e6 else None


@pytest.mark.heavy
@pytest.mark.parametrize(("file", "how"), SAMPLE)
def test_a_damaged_file_is_a_diagnostic(project: Path, tmp_path: Path, file: str, how: str):
    complaints = {said: complaint(ended) for said, ended in damaged(project, tmp_path / "damaged", file, how)}

    assert not any(complaints.values()), complaints


@pytest.mark.heavy
@pytest.mark.parametrize("how", DAMAGE)
def test_each_file_in_each_state_is_a_diagnostic(project: Path, tmp_path: Path, how: str):
    opened = [file for file in files_of(project) if commands_of(file)]
    files = opened[list(DAMAGE).index(how) % ONE_OF :: ONE_OF]
    ends = [each for file in files for each in damaged(project, tmp_path / "damaged", file, how)]
    complaints = [f"{said}: {words}" for said, ended in ends if (words := complaint(ended))]

    assert len(ends) >= len(files) > 0
    assert not complaints, "\n".join(complaints)


@pytest.mark.heavy
def test_each_file_that_is_opened_is_in_the_list(project: Path, tmp_path: Path):
    """What Python opens, and everything that lies in the project, as libraries open files too."""
    folder = Path(shutil.copytree(project, tmp_path / "project"))
    found = {file for command in COMMANDS for file in run(folder, *command).opened} | set(files_of(project))

    unlisted = [f for f in found if not any(fnmatch(f, pattern) for pattern in OPENED) and (project / f).is_file()]
    assert not unlisted, f"name the commands that open them in `OPENED`: {unlisted}"
