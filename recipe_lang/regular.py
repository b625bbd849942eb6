"""The one way to open a file that others may have put there."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def regular(path: Path) -> BinaryIO:
    """A regular file, open for reading. Raises OSError, whose `strerror` says why there is none: a folder, a pipe that
    nobody fills, a link that leads round."""
    file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115  (the caller closes it)
    mode = os.fstat(file.fileno()).st_mode
    if stat.S_ISREG(mode):
        return file
    file.close()
    raise OSError(errno.EINVAL, "it is no regular file", str(path))


def _without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def leads_out(path: Path) -> bool:
    """Whether a link in a folder of a repository leads out of it, or round: where the folder is named, nobody sees
    that. The folder itself may stand anywhere, and may be a link."""
    if not path.is_symlink():
        return False
    folder = path.parent.resolve()
    root = next((above for above in (folder, *folder.parents) if (above / ".git").exists()), None)
    try:
        return root is not None and not path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # round; until Python 3.13 a RuntimeError
        return True
