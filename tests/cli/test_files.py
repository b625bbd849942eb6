"""From paths to recipes and back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recipe_lang.cli.files import as_stored, find_recipes, read, rewrite
from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.source import Source
from tests.cli.shell import ift


def tree(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a = 1\n", encoding="utf-8")


def test_folders_are_searched_in_order_without_what_is_not_the_authors(tmp_path, monkeypatch):
    tree(tmp_path, "b.ift", "a/z.ift", "a/notes.md", ".git/x.ift", ".hidden.ift", "node_modules/m.ift", "env/lib/e.ift")
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    monkeypatch.chdir(tmp_path)

    assert find_recipes(["."]) == ([Path("b.ift"), Path("a/z.ift")], [])


def test_a_file_is_taken_once_and_whatever_its_name(tmp_path, monkeypatch):
    tree(tmp_path, "a.ift", "recipe.txt")
    monkeypatch.chdir(tmp_path)

    assert find_recipes(["a.ift", ".", "recipe.txt"]) == ([Path("a.ift"), Path("recipe.txt")], [])


def test_what_cannot_be_read_and_folders_without_recipes_are_said(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    recipes, problems = find_recipes(["missing.ift", "empty"])

    assert recipes == []
    assert [(p.code, p.severity) for p in problems] == [("IFT001", "error"), ("IFT003", "warning")]


def test_a_file_that_is_not_utf8_is_placed_at_its_first_bad_byte(tmp_path):
    (tmp_path / "a.ift").write_bytes('\ufeffa = 1\r\nb = "'.encode() + b"\xe9\n")
    problem = read(tmp_path / "a.ift")

    assert isinstance(problem, Diagnostic) and problem.place is not None
    position = problem.place.source.position(problem.place.span.start)
    assert (problem.code, position.line, position.column) == ("IFT002", 2, 6)


def test_a_new_text_is_stored_as_the_old_one_was():
    like = Source.from_file_text("a.ift", "\ufeffa\r\n")

    assert as_stored("a\nb\n", like) == "\ufeffa\r\nb\r\n"


def test_rewriting_keeps_links_and_permissions(tmp_path):
    target, link = tmp_path / "target.ift", tmp_path / "link.ift"
    tree(tmp_path, "target.ift")
    target.chmod(0o640)
    link.symlink_to(target)
    rewrite(link, "b = 2\r\n")

    assert link.is_symlink()
    assert target.read_bytes() == b"b = 2\r\n"
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.ift", "target.ift"]


@pytest.fixture
def repository_with_links(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    (tmp_path / "outside.ift").write_text("rank   = 4   # secret\n")
    (folder / "linked.ift").symlink_to(tmp_path / "outside.ift")
    (folder / "round.ift").symlink_to("round.ift")
    (folder / "folder.ift").mkdir()
    os.mkfifo(folder / "pipe.ift")
    (folder / "good.ift").write_text("rank = 4\n")
    (folder / "inside.ift").symlink_to("good.ift")
    return folder


@pytest.mark.parametrize("command", [["check"], ["check", "--fix"], ["fmt"], ["fmt", "--diff"], ["plan"]])
@pytest.mark.parametrize("name", ["linked.ift", "pipe.ift", "round.ift"])
def test_what_leads_out_or_is_no_file_is_neither_shown_nor_written(repository_with_links: Path, command, name: str):
    done = ift(*command, name, cwd=repository_with_links)

    assert done.returncode == 2
    assert "IFT001" in done.stdout + done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert (repository_with_links.parent / "outside.ift").read_text() == "rank   = 4   # secret\n"


@pytest.mark.parametrize("command", ["check", "fmt"])
def test_a_folder_with_such_files_is_searched_to_its_end(repository_with_links: Path, command: str):
    done = ift(command, ".", cwd=repository_with_links)

    told = done.stdout + done.stderr
    assert done.returncode == 2
    assert [name for name in ("good", "inside", "linked", "pipe", "round") if f"`{name}.ift` cannot" in told] == [
        "linked",
        "pipe",
        "round",
    ]
