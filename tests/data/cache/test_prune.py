"""The cache of prepared data stays below its size, and keeps what is being used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.data import prepare
from runtime.data.cache import prune
from tests.data import programs
from tests.data.preparing import ROWS

USER = """
import sys
from pathlib import Path
from runtime.data.cache.entries import made_once
made_once(Path(sys.argv[1]), lambda folder: (folder / "tokens").write_bytes(b"x" * 100))
print("made", flush=True)
sys.stdin.read()
"""


def keep(root: Path, name: str, day: int, kind: str = "tables") -> Path:
    """An entry of 100 bytes, last used on a day."""
    folder = root / kind / name
    folder.mkdir(parents=True)
    (folder / "tokens").write_bytes(b"x" * 100)
    os.utime(folder, (day * 86400, day * 86400))
    return folder


def kept(root: Path) -> list[str]:
    return sorted(path.name for kind in ("rows", "selections", "tables") for path in (root / kind).glob("*"))


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch):
    return lambda size: monkeypatch.setattr(prune, "LIMIT", size)


def test_what_was_used_longest_ago_goes_first(tmp_path: Path, limit):
    for day, (name, kind) in enumerate([("b", "rows"), ("a", "tables"), ("d", "selections"), ("c", "tables")]):
        keep(tmp_path, name, day, kind)

    limit(200)
    prune.prune(tmp_path)

    assert kept(tmp_path) == ["c", "d"]


def test_below_the_limit_nothing_goes(tmp_path: Path, limit):
    keep(tmp_path, "a", 1)
    limit(100)
    prune.prune(tmp_path)

    assert kept(tmp_path) == ["a"]


def test_parts_and_leftovers_go_with_their_entry(tmp_path: Path, limit):
    for name in ("a", "a.parts", ".a.0123.tmp", "b"):
        keep(tmp_path, name, 2 if name == "b" else 1)
    (tmp_path / "tables" / "a.lock").touch()
    os.utime(tmp_path / "tables" / "a.lock", (0, 0))

    limit(100)
    prune.prune(tmp_path)

    assert kept(tmp_path) == ["b"]


def test_use_makes_an_entry_young(rows, folders, tmp_path: Path, monkeypatch, limit):
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "cache" / "data"
    for name in ("a", "b"):
        keep(root, name, 1)
    limit(100)

    prepare(programs.program(), rows(ROWS), folders)

    assert not {"a", "b"} & set(kept(root))
    assert len([name for name in kept(root) if "." not in name]) == 5  # rows, selection, a table a split


def test_what_another_process_uses_stays_until_it_ends(tmp_path: Path, limit, repository: Path):
    root = tmp_path / "data"
    used = root / "tables" / "used"
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    command = [sys.executable, "-c", USER, str(used)]
    limit(0)
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as user:
        assert user.stdout.readline() == b"made\n"
        os.utime(used, (0, 0))
        keep(root, "other", 9)

        prune.prune(root)
        assert kept(root) == ["used", "used.lock"]

        user.kill()
        user.wait()
        prune.prune(root)
    assert kept(root) == []
    assert list((root / "users").glob("*.txt")) == []


def test_a_cache_that_cannot_be_written_is_read(tmp_path: Path, monkeypatch):
    from runtime.data.cache.entries import made_once

    folder = made_once(tmp_path / "tables" / "a", lambda folder: (folder / "tokens").touch())

    def refuse(*_, **__):
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert made_once(folder, refuse) == folder
