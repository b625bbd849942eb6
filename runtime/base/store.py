"""The store: what was fetched or converted once, in the user's cache folder, each entry whole or absent.

An entry is a folder that is written under a lock and renamed into place, so that processes that start at once share
the work and never see half of it. Entries are named after what they hold, and may be deleted any time; one that was
changed is made anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from runtime.base.files import atomic_folder, remove_leftovers, writing
from runtime.base.hashes import is_sealed, seal
from runtime.base.places import cache_root


def held(name: str) -> Path | None:
    """The entry's folder, if the store has it, as it was made."""
    path = cache_root() / name
    return path if is_sealed(path) else None


def entry(name: str, make: Callable[[Path], None]) -> Path:
    """The entry's folder; `make` fills a temporary one where the store lacks it.

    One process makes it, others wait for that one. If `make` raises, there is no entry. Raises `Stop` where the store
    cannot be written.
    """
    if (path := held(name)) is not None:
        return path
    from filelock import FileLock

    path = cache_root() / name
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.parent / f".{path.name}.lock")
        lock.acquire()
    try:
        if not is_sealed(path):
            remove_leftovers(path)
            with atomic_folder(path) as folder:
                make(folder)
                seal(folder)
    finally:
        lock.release()
    return path
