"""SHA-256 of files, remembered by what `stat` says, so that large weights are read once and not at every start; of what
an entry of a cache held when it was made; and of this project's own code."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel

from recipe_lang.diagnostics.model import Stop
from runtime.base.documents import Unreadable, document
from runtime.base.files import write_atomic
from runtime.base.places import cache_root

_SMALL = 1 << 20
"""Bytes. Reading such a file takes no longer than looking it up."""
_TICK = 10**8
"""Nanoseconds. Two changes that are closer may have one time in the file system's clock."""
_SEAL = ".sealed.json"


class _Remembered(BaseModel):
    state: list[int]
    sha256: str


def files_sha256(files: Iterable[Path]) -> str:
    """One hash over names and contents, in the order of the names."""
    lines = [f"{path.name} {file_sha256(path)}\n" for path in sorted(files, key=lambda path: path.name)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """The file's hash; a large file's is taken from memory while it is the same file, unchanged: size, device, inode,
    and both times, of which programs can set only the first."""
    status = path.stat()
    if status.st_size <= _SMALL:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    state = _state(status)
    memory = cache_root() / "hashes" / f"{hashlib.sha256(str(path.resolve()).encode()).hexdigest()}.json"
    if (known := _remembered(memory, state)) is not None:
        return known
    settled = time.time_ns() - status.st_ctime_ns > _TICK
    digest = _read(path)
    if settled and _state(path.stat()) == state:
        with suppress(Stop):  # a store that cannot be written costs time here, not the run
            write_atomic(memory, json.dumps({"path": str(path.resolve()), "state": state, "sha256": digest}) + "\n")
    return digest


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _state(status: os.stat_result) -> list[int]:
    return [status.st_size, status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]


def seal(folder: Path) -> None:
    """Writes down what a folder holds, in it."""
    (folder / _SEAL).write_text(json.dumps(_held(folder, _read), indent=1), encoding="utf-8")


def is_sealed(folder: Path) -> bool:
    """Whether a folder is there and holds what it was sealed with, byte by byte."""
    try:
        return document(folder / _SEAL, dict[str, str]) == _held(folder, file_sha256)
    except (OSError, Unreadable):
        return False


def _held(folder: Path, sha256: Callable[[Path], str]) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != _SEAL)
    return {path.relative_to(folder).as_posix(): sha256(path) for path in sorted(files)}


@cache
def code_sha256(folders: tuple[str, ...], libraries: tuple[str, ...]) -> str:
    """sha256 over the modules in folders of this project, and the versions of libraries: what they make can be missing
    from a cache, and never stale."""
    top = Path(__file__).parents[2]
    total = hashlib.sha256(" ".join(version(name) for name in libraries).encode())
    for folder in folders:
        for path in sorted((top / folder).rglob("*.py")):
            total.update(path.relative_to(top).as_posix().encode())
            total.update(path.read_bytes())
    return total.hexdigest()


def _remembered(memory: Path, state: list[int]) -> str | None:
    try:
        known = document(memory, _Remembered)
    except Unreadable:
        return None
    return known.sha256 if known.state == state else None
