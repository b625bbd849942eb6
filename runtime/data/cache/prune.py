"""Keeps prepared data below a size: what was used longest ago goes first, and never what a process is using.

A process writes down what it uses in a list of its own, and holds a lock on that list until it ends, however it ends.
Where the system has no such locks (Windows), nothing is removed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from uuid import uuid4

from filelock import FileLock

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

LIMIT = 20 * 2**30
"""Bytes that prepared data may take; more only where running processes use it all."""
_KINDS = ("rows", "selections", "tables", "pools")
_USERS = "users"


@dataclass
class _Entry:
    """What is kept under one key: its folder, its parts, its lock."""

    paths: list[Path] = field(default_factory=list)
    size: int = 0
    used: float = 0.0
    """When it was used last, in seconds of the system's clock."""


def use(folder: Path) -> None:
    """Says that this process uses an entry, there or about to be made: it is not removed before the process ends."""
    if fcntl is None:
        return
    with suppress(OSError), _alone(folder.parents[1]) as users:  # nobody removes anything from a read-only cache
        with _own_list(users).open("a", encoding="utf-8") as stream:
            stream.write(f"{folder.parent.name}/{folder.name}\n")
        if folder.exists():
            os.utime(folder)


def prune(root: Path) -> None:
    """Removes entries below `root`, the least recently used first, until the rest is within `LIMIT`."""
    if fcntl is None:
        return
    with suppress(OSError), _alone(root) as users:
        entries = _entries(root)
        excess = sum(entry.size for entry in entries.values()) - LIMIT
        in_use = _in_use(users) if excess > 0 else set()
        for name, entry in sorted(entries.items(), key=lambda pair: pair[1].used):
            if excess <= 0:
                break
            if name not in in_use:
                _remove(entry)
                excess -= entry.size


@contextmanager
def _alone(root: Path) -> Iterator[Path]:
    """The folder of the lists, while no other process reads or writes them."""
    users = root / _USERS
    users.mkdir(parents=True, exist_ok=True)
    with FileLock(users / "lock"):
        yield users


@cache
def _own_list(users: Path) -> Path:
    """This process's list, locked as long as it lives: its file stays open."""
    path = users / f"{uuid4().hex}.txt"
    fcntl.flock(os.open(path, os.O_CREAT | os.O_RDWR), fcntl.LOCK_EX)
    return path


def _in_use(users: Path) -> set[str]:
    """What running processes use. The lists of those that have ended are removed."""
    names: set[str] = set()
    for path in users.glob("*.txt"):
        with path.open("r+", encoding="utf-8") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            except BlockingIOError:
                names.update(stream.read().splitlines())
    return names


def _entries(root: Path) -> dict[str, _Entry]:
    entries: dict[str, _Entry] = {}
    for kind in _KINDS:
        for path in (root / kind).glob("*"):
            # `KEY`, `KEY.parts`, `KEY.lock`, and `.KEY.….tmp` of a process that was killed
            entry = entries.setdefault(f"{kind}/{path.name.lstrip('.').partition('.')[0]}", _Entry())
            entry.paths.append(path)
            entry.size += _size(path)
            entry.used = max(entry.used, path.stat().st_mtime)
    return entries


def _size(path: Path) -> int:
    """Bytes of a file, or of the files in a folder, which has no folders in it."""
    if not path.is_dir():
        return path.stat().st_size
    with os.scandir(path) as files:
        return sum(file.stat().st_size for file in files)


def _remove(entry: _Entry) -> None:
    """A folder is renamed first, so that no half of it is ever taken for an entry."""
    for path in entry.paths:
        if path.is_dir():
            doomed = path.with_name(f".{path.name.lstrip('.')}.{uuid4().hex}.tmp")
            path.rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
