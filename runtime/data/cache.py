"""Where prepared data is kept: folders named by the hash of everything that they were made from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from runtime.base.files import atomic_folder, writing
from runtime.base.store import cache_root
from runtime.data.prune import prune, use

_LIBRARIES = ("jinja2", "numpy", "pyarrow", "tokenizers")
_CODE = ("runtime/data", "recipe_lang/jinja", "recipe_lang/program")
_grown: set[Path] = set()
"""Caches that entries were added to since they were last pruned."""


def cache_folder(kind: str, key: str) -> Path:
    """`key` is a sha256 over content, settings and `code_version()`, so an entry can be missing but never stale."""
    return cache_root() / "data" / kind / key[:32]


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """The entry, made by `make` in a temporary folder where it is missing. Processes that start at once share the work.

    It stays until this process ends, whatever `prune` removes. Raises Stop where the cache cannot be written.
    """
    use(folder)
    if not folder.exists():
        with writing(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{folder}.lock"):
                if not folder.exists():
                    with atomic_folder(folder) as partial:
                        make(partial)
                    _grown.add(folder.parents[1])
    return folder


def prune_grown() -> None:
    """Holds a cache that this process has written to below its size."""
    while _grown:
        prune(_grown.pop())


@cache
def code_version() -> str:
    """sha256 over the code that prepares data and the versions of the libraries that it calls."""
    top = Path(__file__).parents[2]
    total = hashlib.sha256(" ".join(version(name) for name in _LIBRARIES).encode())
    for folder in _CODE:
        for path in sorted((top / folder).rglob("*.py")):
            total.update(path.relative_to(top).as_posix().encode())
            total.update(path.read_bytes())
    return total.hexdigest()
