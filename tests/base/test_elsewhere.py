"""Windows and macOS, where the tests do not run: what is known to differ there, stood in for."""

from __future__ import annotations

import ast
import errno
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

import recipe_lang
import runtime
from recipe_lang.cli import main, sample
from recipe_lang.diagnostics.model import Stop
from runtime import launch, refusals
from runtime.base import files
from runtime.data.cache import prune
from runtime.train.interrupt import endings
from tests.train.small import plan


class Windows:
    """Its calls: no folder is opened, and nothing is synced that was opened to be read alone."""

    def __getattr__(self, name: str):
        return getattr(os, name)

    def open(self, path: Path, flags: int) -> int:
        if path.is_dir():
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return os.open(path, flags)

    def fsync(self, handle: int) -> None:
        import fcntl

        if fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, "Bad file descriptor")


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "os", Windows())
    monkeypatch.setattr(files, "_WINDOWS", True)


def test_files_and_folders_are_written_whole_on_windows(windows, tmp_path: Path):
    files.write_atomic(tmp_path / "a" / "file", "text\n")
    for text in ("first", "second"):
        with files.atomic_folder(tmp_path / "folder") as folder:
            (folder / "inner").mkdir()
            (folder / "inner" / "file").write_text(text, "utf-8")

    assert (tmp_path / "a" / "file").read_bytes() == b"text\n"
    assert (tmp_path / "folder" / "inner" / "file").read_text("utf-8") == "second"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "folder"]


def test_a_recipe_on_another_drive_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    recipe = tmp_path / "r.ift"
    recipe.write_text('dataset d {\n  source = csv("rows.csv")\n  columns { a = text }\n}\nx = y\n', "utf-8")

    def other_drive(path, start=None):
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(os.path, "relpath", other_drive)

    assert main(["check", str(recipe)]) == 0
    assert "1 file checked" in capsys.readouterr().out


def test_a_cache_without_locks_of_files_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(prune, "fcntl", None)
    entry = tmp_path / "tables" / "one"
    entry.mkdir(parents=True)

    prune.use(entry)
    prune.prune(tmp_path)

    assert entry.is_dir()


def test_a_system_without_hangup_is_ended_by_what_it_has(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(signal, "SIGHUP")

    assert endings() == [signal.SIGTERM]


def test_cores_are_counted_where_no_process_has_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(os, "sched_getaffinity")

    assert launch._cores() == os.cpu_count()


def test_a_sample_is_looked_at_where_no_limits_can_be_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "resource", None)

    sample._limit()


@pytest.mark.parametrize(
    ("platform", "names", "refused"),
    [
        ("win32", ["con", "Aux", "lib.con", "com10"], ["con", "Aux"]),
        ("win32", ["qa", "QA"], ["QA"]),
        ("darwin", ["con", "qa", "QA"], ["QA"]),
        ("linux", ["con", "qa", "QA"], []),
    ],
)
def test_names_that_files_cannot_have_are_refused(monkeypatch, platform: str, names: list[str], refused: list[str]):
    monkeypatch.setattr(refusals, "sys", SimpleNamespace(platform=platform))
    program = plan().program.model_copy(update={"tasks": dict.fromkeys(names)})
    told = []

    try:
        refusals.refuse(program)
    except Stop as stop:
        told = [(one.code, one.pointer) for one in stop.diagnostics]

    assert told == [("IFT789", f"/tasks/{name}") for name in refused]


CODE = [path for package in (recipe_lang, runtime) for path in Path(package.__file__).parent.rglob("*.py")]


def without_encoding(tree: ast.AST) -> Iterator[int]:
    """Lines that read or write text by the system's own encoding, which on Windows is not UTF-8."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
        said = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        is_method = isinstance(call.func, ast.Attribute)
        opens = (name in ("open", "fdopen") and {"r", "w", "a"} & set(said)) or (
            is_method and (name == "read_text" or (name == "write_text" and "utf-8" not in said)) and not said[:1]
        )
        if opens and "encoding" not in [word.arg for word in call.keywords]:
            yield call.lineno


def test_every_text_file_is_read_and_written_as_utf_8():
    found = {path.name: list(without_encoding(ast.parse(path.read_text("utf-8")))) for path in CODE}

    assert {name: lines for name, lines in found.items() if lines} == {}
