"""Ways in which a file can be other than who opens it expects."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def _written(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _not_text(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:10] + b"\xff\xfe\x80" + content[10:])


def _instead(make: Callable[[Path], None]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.unlink()
        make(path)

    return damage


DEEP = 100_000
DAMAGE: dict[str, Callable[[Path], None]] = {
    "absent": Path.unlink,
    "empty": _written(b""),
    "{}": _written(b"{}"),
    "[]": _written(b"[]"),
    "null": _written(b"null"),
    "a number": _written(b"7"),
    "cut in half": _cut,
    "not UTF-8": _not_text,
    "nested": _written(b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    "nested lists": _written(b"[" * DEEP + b"]" * DEEP),
    "a folder": _instead(Path.mkdir),
    "a pipe": _instead(lambda path: os.mkfifo(path)),
    "a link to itself": _instead(lambda path: path.symlink_to(path.name)),
}
