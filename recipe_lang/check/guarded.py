"""The one way in which the check opens files of a repository, which may be a stranger's."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from recipe_lang.regular import regular


def repository(path: Path) -> Path:
    """The nearest folder above that holds `.git`, else the file's own."""
    return next((folder for folder in path.parents if (folder / ".git").exists()), path.parent)


def home(path: Path) -> Path:
    """The repository of a file where it stands, wherever a link in its place leads."""
    return repository(Path(os.path.abspath(path)))


def read(path: Path, root: Path, limit: int, *, start: int = 0) -> bytes:
    """At most `limit` bytes and one more of a regular file below `root`, links followed first.

    Raises OSError, whose `strerror` says why it is not read: a link that leads out or round, a folder, a pipe that
    nobody fills.
    """
    resolved = followed(path)
    if not resolved.is_relative_to(followed(root)):
        raise OSError(errno.EACCES, "it is a link that leads out of the repository")
    with regular(resolved) as file:
        file.seek(start)
        return file.read(limit + 1)


def followed(path: Path) -> Path:
    """Where links lead. Raises OSError where they lead round."""
    try:
        return path.resolve()
    except RuntimeError as error:  # until Python 3.13
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error


def inside(path: Path, root: Path) -> bool:
    """Whether a path, links followed, stands below a folder."""
    try:
        return followed(path).is_relative_to(followed(root))
    except (OSError, ValueError):
        return False
