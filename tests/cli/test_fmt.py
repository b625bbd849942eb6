"""`ift fmt`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from recipe_lang.cli import main

LOOSE, CANONICAL, BROKEN = "rank=8\n", "rank = 8\n", "rank = [\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("loose.ift").write_text(LOOSE, encoding="utf-8")
    Path("canonical.ift").write_text(CANONICAL, encoding="utf-8")
    return tmp_path


def test_files_are_rewritten_once(folder, capsys):
    assert main(["fmt"]) == 0
    assert capsys.readouterr().out == "reformatted loose.ift\n"
    assert Path("loose.ift").read_text(encoding="utf-8") == CANONICAL

    assert main(["fmt", "."]) == 0
    assert capsys.readouterr().out == ""


def test_check_changes_nothing_and_fails(folder, capsys):
    assert main(["fmt", "--check"]) == 1
    assert capsys.readouterr() == (
        "would reformat loose.ift\n",
        "2 files: 1 would be reformatted, 1 left as they are\n",
    )
    assert Path("loose.ift").read_text(encoding="utf-8") == LOOSE
    assert main(["fmt", "--check", "canonical.ift"]) == 0


def test_diff_shows_what_would_change(folder, capsys):
    assert main(["fmt", "--diff"]) == 1
    expected = "--- loose.ift\n+++ loose.ift (formatted)\n@@ -1 +1 @@\n-rank=8\n+rank = 8\n"

    assert expected == capsys.readouterr().out
    assert Path("loose.ift").read_text(encoding="utf-8") == LOOSE


def test_a_file_that_does_not_parse_is_refused_and_the_others_are_formatted(folder, capsys):
    Path("broken.ift").write_text(BROKEN, encoding="utf-8")

    assert main(["fmt"]) == 2
    assert "error[IFT116]" in capsys.readouterr().err
    assert Path("broken.ift").read_text(encoding="utf-8") == BROKEN
    assert Path("loose.ift").read_text(encoding="utf-8") == CANONICAL


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_marks_stay(folder, mark, end):
    Path("loose.ift").write_bytes((mark + LOOSE.replace("\n", end)).encode())

    assert main(["fmt", "loose.ift"]) == 0
    assert Path("loose.ift").read_bytes() == (mark + CANONICAL.replace("\n", end)).encode()
    assert main(["fmt", "--check", "loose.ift"]) == 0


def feed(monkeypatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_stdin_goes_to_stdout(monkeypatch, capsys):
    feed(monkeypatch, LOOSE.encode())
    assert main(["fmt", "-"]) == 0
    assert capsys.readouterr().out == CANONICAL

    feed(monkeypatch, BROKEN.encode())
    assert main(["fmt", "-"]) == 2
    assert capsys.readouterr().out == ""

    feed(monkeypatch, b"\xff")
    assert main(["fmt", "-"]) == 2
    assert "IFT002" in capsys.readouterr().err


def test_stdin_is_only_looked_at_where_that_is_asked_for(monkeypatch, capsys):
    for text, code in ((LOOSE, 1), (CANONICAL, 0)):
        feed(monkeypatch, text.encode())
        assert main(["fmt", "-", "--check"]) == code
    assert capsys.readouterr().out == "would reformat <stdin>\n"


def test_a_missing_file_is_an_error(folder, capsys):
    assert main(["fmt", "missing.ift"]) == 2
    assert "error[IFT001]" in capsys.readouterr().err


def test_an_endless_file_is_refused(folder, capsys):
    assert main(["fmt", "/dev/zero"]) == 2
    assert "error[IFT001]" in capsys.readouterr().err
