"""Files that are whole or absent: written under a temporary name, synced, then renamed.

What a full disk or a folder that may not be written raises becomes a `Stop` with one diagnostic; what had been written
so far is taken away.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems

Json = dict[str, Any]
"""An object of a JSON file."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EIO}
)
_WINDOWS = sys.platform == "win32"
_RUST_ERROR = re.compile(r"\(os error (\d+)\)")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns the operating system's refusals while writing at or below `path` into a `Stop` (exit code 4).

    Errors that are not about space or permission pass through.
    """
    try:
        yield
    except Exception as error:
        number = _error_number(error)
        if number in _FULL:
            raise Stop(problems.disk_full(path), exit_code=4) from error
        if number in _REFUSED:
            raise Stop(problems.cannot_write(path, os.strerror(number).lower()), exit_code=4) from error
        raise


def write_atomic(path: Path, data: bytes | str) -> None:
    """Replaces the file at `path`; texts are UTF-8. Readers see the old content or the new, also after a power cut."""
    temporary = _temporary(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(data.encode() if isinstance(data, str) else data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yields an empty temporary folder beside `path`; leaving the block syncs its files and renames it to `path`.

    A folder that already stands there is replaced. If the block raises, nothing is left.
    """
    temporary = _temporary(path)
    with writing(path):
        try:
            temporary.mkdir(parents=True)
            yield temporary
            for file in sorted(temporary.rglob("*")):
                _readable(file, as_=temporary)
                _sync_folder(file) if file.is_dir() else _sync(file)
            _sync_folder(temporary)
            _replace_folder(temporary, path)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        _sync_folder(path.parent)


def remove_leftovers(path: Path) -> None:
    """Takes away what a killed process left of `path`. Only for who holds the lock of `path`."""
    for leftover in path.parent.glob(f".{path.name}.*.tmp"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def _temporary(path: Path) -> Path:
    return path.parent / f".{path.name}.{uuid.uuid4().hex[:12]}.tmp"


def _replace_folder(new: Path, path: Path) -> None:
    """A rename replaces only an empty folder, so an old one steps aside first."""
    if not path.is_dir():
        new.rename(path)
        return
    old = _temporary(path)
    path.rename(old)
    new.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def _readable(path: Path, *, as_: Path) -> None:
    """Whoever may read the folder may read the file: safetensors writes files for their owner alone."""
    if path.is_file():
        path.chmod(as_.stat().st_mode & 0o666)


def _sync(path: Path) -> None:
    # Windows syncs nothing that was opened to be read alone.
    handle = os.open(path, os.O_RDWR if _WINDOWS else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(path: Path) -> None:
    """Windows opens no folder, and keeps the order of renames itself."""
    if not _WINDOWS:
        _sync(path)


def _error_number(error: Exception) -> int | None:
    """safetensors and tokenizers write from Rust, whose errors carry the number only in their text."""
    if isinstance(error, OSError):
        return error.errno
    found = _RUST_ERROR.search(str(error))
    return int(found[1]) if found else None
