"""Files on disk: patterns resolved, compression undone, errors named."""

from __future__ import annotations

import glob
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import rows as problems
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.regular import leads_out
from runtime.base.expansion import Expansion

_CODECS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2", ".lz4": "lz4"}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source. `name` is the path as the recipe writes it, `pointer` where in the program it stands."""

    path: Path
    name: str
    split: str
    pointer: str


class _Unpacked(io.RawIOBase):
    def __init__(self, packed: pa.CompressedInputStream, expansion: Expansion) -> None:
        self._packed, self._expansion = packed, expansion

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._packed.readinto(buffer)
        self._expansion.add(count)
        return count


def find_files(paths: list[str], root: Path, split: str, pointer: str, *, folders: bool = False) -> list[SourceFile]:
    """Files in the order of their names, each once. Raises Stop where a path or pattern names none."""
    files: dict[str, SourceFile] = {}
    for index, written in enumerate(paths):
        at = f"{pointer}/paths/{index}"
        for name in _matches(written, root, at, folders=folders):
            files.setdefault(name, SourceFile(root / name, Path(name).as_posix(), split, at))
    return [files[name] for name in sorted(files)]


def _matches(written: str, root: Path, pointer: str, *, folders: bool) -> list[str]:
    if (root / written).exists():
        names = [written]
    elif glob.has_magic(written):
        names = _found(written, root, pointer)
        if not folders:
            names = [name for name in names if (root / name).is_file()]
        if not names:
            raise Stop(problems.missing_file(written, None, pointer, pattern=True))
    else:
        raise Stop(problems.missing_file(written, _nearest(written, root), pointer))
    for name in names:
        if (root / name).is_dir():
            if not folders:
                raise Stop(problems.folder_as_file(written, pointer))
        elif not (root / name).is_file():
            raise Stop(problems.unreadable_file(name, "it is no regular file", pointer))
    return names


def _found(pattern: str, root: Path, pointer: str) -> list[str]:
    """What a pattern matches. Links that it passes on its way are nobody's word: they stay in the repository."""
    names = glob.glob(pattern, root_dir=root, recursive=True)
    named = next(count for count, part in enumerate(Path(pattern).parts) if glob.has_magic(part))
    for name in names:
        parts = Path(name).parts
        if any(leads_out(root.joinpath(*parts[:count])) for count in range(named + 1, len(parts) + 1)):
            raise Stop(problems.unreadable_file(name, "it is behind a link that leads out of the repository", pointer))
    return names


def _nearest(written: str, root: Path) -> str | None:
    folder = (root / written).parent
    if not folder.is_dir():
        return None
    near = closest(Path(written).name, sorted(entry.name for entry in folder.iterdir()))
    return (Path(written).parent / near).as_posix() if near else None


@contextmanager
def open_bytes(file: SourceFile) -> Iterator[IO[bytes]]:
    """The uncompressed bytes of a file. A file that cannot be read raises Stop, also while it is being read."""
    try:
        codec = _CODECS.get(file.path.suffix)
        if codec is None:
            with file.path.open("rb") as stream:
                yield stream
        else:
            with pa.CompressedInputStream(str(file.path), codec) as packed:
                yield io.BufferedReader(_Unpacked(packed, Expansion(file.path.stat().st_size)), 1 << 20)
    except OSError as error:
        raise Stop(problems.unreadable_file(file.name, _reason(error), file.pointer)) from error


@contextmanager
def open_text(file: SourceFile, *, newline: str = "") -> Iterator[IO[str]]:
    """UTF-8 text, a byte-order mark left out."""
    with open_bytes(file) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline=newline) as text:
        try:
            yield text
        except UnicodeDecodeError as error:
            reason = f"it is not UTF-8 (byte 0x{error.object[error.start]:02x})"
            raise Stop(problems.unreadable_file(file.name, reason, file.pointer)) from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error).splitlines()[0]).rstrip(".")


def hash_file(file: SourceFile) -> str:
    """sha256 of the bytes as stored; of a folder, over its files in the order of their names."""
    try:
        if file.path.is_file():
            with file.path.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        total = hashlib.sha256()
        for path in sorted(path for path in file.path.rglob("*") if path.is_file()):
            with path.open("rb") as stream:
                name = path.relative_to(file.path).as_posix()
                total.update(f"{name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
        return total.hexdigest()
    except OSError as error:
        raise Stop(problems.unreadable_file(file.name, _reason(error), file.pointer)) from error
