"""Where prepared data is kept: folders named by the hash of everything that they were made from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from runtime.base.files import atomic_folder, writing
from runtime.base.hashes import code_sha256, is_sealed, seal
from runtime.base.places import cache_root
from runtime.data.cache.prune import prune, use

_LIBRARIES = ("jinja2", "numpy", "pyarrow", "tokenizers")
_CODE = ("runtime/data", "recipe_lang/jinja", "recipe_lang/program")
_grown: set[Path] = set()
"""Caches that entries were added to since they were last pruned."""


def cache_folder(kind: str, key: str) -> Path:
    """`key` is a sha256 over content, settings and `code_version()`, so an entry can be missing but never stale."""
    return cache_root() / "data" / kind / key[:32]


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """The entry, made by `make` in a temporary folder where it is missing or was changed. Processes that start at once
    share the work.

    It stays until this process ends, whatever `prune` removes. Raises Stop where the cache cannot be written.
    """
    use(folder)
    if not is_sealed(folder):
        with writing(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{folder}.lock"):
                if not is_sealed(folder):
                    with atomic_folder(folder) as partial:
                        make(partial)
                        seal(partial)
                    _grown.add(folder.parents[1])
    return folder


def prune_grown() -> None:
    """Holds a cache that this process has written to below its size."""
    while _grown:
        prune(_grown.pop())


def code_version() -> str:
    """Of the code that prepares data, and of the libraries that it calls."""
    return code_sha256(_CODE, _LIBRARIES)
