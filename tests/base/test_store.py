"""Entries of the store: made once, by one process, whole or absent."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.base.hashes import file_sha256
from runtime.base.places import cache_root
from runtime.base.store import entry, held
from tests.base.child import ROOT, start


def test_the_store_moves_with_its_variable(store: Path, monkeypatch: pytest.MonkeyPatch):
    assert cache_root() == store

    monkeypatch.delenv("IFT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_root() == Path("/caches/ift")


def test_an_entry_is_made_once(store: Path):
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "file").write_text("content")

    assert held("kind/name") is None
    assert entry("kind/name", make) == entry("kind/name", make) == held("kind/name") == store / "kind" / "name"
    assert len(made) == 1
    assert (store / "kind" / "name" / "file").read_text() == "content"


def test_there_is_no_entry_where_making_it_fails(store: Path):
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        entry("kind/name", fail)

    assert held("kind/name") is None
    assert list((store / "kind").glob("*name*.tmp")) == []


LARGE = b"x" * 2**21


def rewritten(path: Path, content: bytes) -> None:
    """In place, with the time that it had."""
    status = path.stat()
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replaced(path: Path, content: bytes) -> None:
    """By another file of the same size and time."""
    other = path.with_name("other")
    other.write_bytes(content)
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("change", [rewritten, replaced])
def test_an_entry_that_was_changed_is_made_anew(store: Path, change: Callable[[Path, bytes], None]):
    def make(folder: Path) -> None:
        (folder / "small").write_bytes(b"abc")
        (folder / "large").write_bytes(LARGE)

    for name, content in (("small", b"abd"), ("large", LARGE[:-1] + b"y")):
        file = entry("kind/name", make) / name
        assert held("kind/name") is not None
        change(file, content)
        assert held("kind/name") is None
        assert (entry("kind/name", make) / name).read_bytes() != content
    (store / "kind/name/small").unlink()
    assert held("kind/name") is None


@pytest.mark.parametrize("change", [rewritten, replaced])
def test_a_large_file_of_the_same_size_and_time_is_read_again(
    store: Path, tmp_path: Path, change: Callable[[Path, bytes], None]
):
    path = tmp_path / "weights"
    path.write_bytes(LARGE)
    for content in (LARGE[:-1] + b"y", LARGE[:-1] + b"z"):
        file_sha256(path)
        change(path, content)
        assert file_sha256(path) == hashlib.sha256(content).hexdigest()


def test_files_get_the_permissions_of_the_umask(store: Path):
    def private(folder: Path) -> None:
        (folder / "file").touch(mode=0o600)

    assert (entry("kind/name", private) / "file").stat().st_mode & 0o044 == 0o044


SLOW = """
import time
from runtime.base.store import entry

def make(folder):
    (folder / "first").write_text("1")
    time.sleep(0.5)
    (folder / "second").write_text("2")
    print("made")

found = entry("kind/name", make)
print(sorted(p.name for p in found.glob("[a-z]*")))
"""


def test_processes_that_start_at_once_share_the_work(store: Path):
    processes = [start(SLOW, IFT_CACHE=str(store)) for _ in range(3)]

    said = [process.communicate(timeout=60)[0].splitlines() for process in processes]

    assert sum("made" in lines for lines in said) == 1
    assert {lines[-1] for lines in said} == {"['first', 'second']"}


def test_what_a_killed_process_left_does_not_stay(store: Path):
    process = start(SLOW.replace("0.5", "60"), IFT_CACHE=str(store))
    while not list(store.glob("kind/.name.*.tmp/first")):
        assert process.poll() is None
    process.kill()
    process.wait()

    entry("kind/name", lambda folder: (folder / "whole").touch())

    assert [path.name for path in (store / "kind" / "name").glob("[a-z]*")] == ["whole"]
    assert list(store.glob("kind/.name.*.tmp")) == []


def test_the_base_of_the_engine_loads_no_torch():
    code = "import sys, runtime.base.wheel, runtime.base.hub, runtime.base.progress, runtime.base.hashes; " + (
        "print({'torch', 'transformers', 'peft', 'numpy', 'huggingface_hub', 'rich'} & set(sys.modules))"
    )
    out, _ = start(code).communicate(timeout=60)
    assert (ROOT / "runtime").is_dir()
    assert out.strip() == "set()"
