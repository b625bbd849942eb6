"""What `ift check` looks at beside the files that it is given: the recipes that read them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recipe_lang.cli import main
from recipe_lang.cli.dependents import READ

LIBRARY = """
dataset visits {
  source = csv("data/*.csv")
  columns { dialogue = text, COLUMN = text }
}
"""
BETWEEN = 'import "../shared.ift" as s\nmodel m { source = hub("org/model"), chat = file("chat.jinja") }\n'
IMPORTER = """
import "sub/between.ift" as b
import "shared.ift" as s
template brief for s.visits {
  prompt     = "{{ dialogue }}"
  completion = "{{ note }}"
}
"""
ALONE = "rank = 8\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A repository in which `recipe.ift` and `sub/between.ift` import a library, and one recipe stands alone."""
    (tmp_path / ".git").mkdir()
    for name, text in {
        "shared.ift": LIBRARY.replace("COLUMN", "note"),
        "recipe.ift": IMPORTER,
        "sub/between.ift": BETWEEN,
        "sub/chat.jinja": "{{ messages }}",
        "alone.ift": ALONE,
        "data/a.csv": "dialogue,note\na,b\n",
        "other.csv": "a\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(capsys, *paths):
    """The exit code of a check, and how many files it looked at."""
    code = main(["check", *paths])
    return code, int(re.search(r"(\d+) files? checked", capsys.readouterr().out)[1])


def test_an_importer_of_a_changed_library_is_checked(folder, capsys):
    Path("shared.ift").write_text(LIBRARY.replace("COLUMN", "summary"), encoding="utf-8")

    assert main(["check", "shared.ift"]) == 1
    assert "IFT403" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "files"),
    [
        ("shared.ift", 3),
        ("sub/between.ift", 2),
        ("recipe.ift", 1),
        ("alone.ift", 1),
        ("data/a.csv", 3),
        ("sub/chat.jinja", 2),
        ("recipe.ift.lock", 1),
        ("other.csv", 0),
    ],
)
def test_who_reads_a_file_is_checked_with_it_by_way_of_others_too(folder, capsys, given, files):
    Path("recipe.ift.lock").write_text("{}" if given.endswith(".lock") else '{"format_version": 1}', encoding="utf-8")

    assert checked(capsys, given)[1] == files


def test_a_circle_of_imports_ends(folder, capsys):
    Path("shared.ift").write_text('import "recipe.ift" as r\n' + LIBRARY, encoding="utf-8")

    assert checked(capsys, "sub/between.ift")[1] == 3


def test_from_another_folder_files_are_shown_as_from_here(folder, capsys, monkeypatch):
    Path("shared.ift").write_text(LIBRARY.replace("COLUMN", "summary"), encoding="utf-8")
    monkeypatch.chdir("sub")

    main(["check", "--format", "concise", "../shared.ift"])

    assert capsys.readouterr().out.startswith("../recipe.ift:")


def test_only_named_files_are_mended(folder, capsys):
    Path("recipe.ift").write_text(IMPORTER + "x == 3\n", encoding="utf-8")

    assert main(["check", "--fix", "shared.ift"]) == 1
    assert Path("recipe.ift").read_text(encoding="utf-8").endswith("x == 3\n")


def test_the_hook_is_given_every_file_that_a_recipe_reads(repository):
    (pattern,) = re.findall(r"files: (.*lock.*)", (repository / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))

    assert all(re.search(pattern, f"a/x{ending}") for ending in READ - {".lock"} | {".ift", ".ift.lock"})
    assert not any(re.search(pattern, name) for name in ("a.py", "poetry.lock", "uv.lock", "README.md"))
