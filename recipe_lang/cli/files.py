"""From the paths on a command line to recipes, and back to disk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from math import inf
from pathlib import Path

from recipe_lang.check import guarded
from recipe_lang.check.load import SIZE_LIMIT
from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems.commands import no_recipes, not_utf8, unreadable_file
from recipe_lang.source import Source


def find_recipes(paths: Sequence[str]) -> tuple[list[Path], list[Diagnostic]]:
    """The files that the paths name, each once, and what is wrong with the paths.

    A folder stands for every `*.ift` below it, hidden folders, virtual environments and links to folders excepted; a
    file is taken whatever its name.
    """
    found: dict[Path, None] = {}
    problems: list[Diagnostic] = []
    for text in paths:
        path = Path(text)
        if path.is_dir():
            below = list(recipes_below(path))
            found.update(dict.fromkeys(below))
            if not below:
                problems.append(no_recipes(text))
        elif refusal := _refusal(path):
            problems.append(unreadable_file(text, refusal))
        else:
            found[path] = None
    return list(found), problems


def recipes_below(folder: Path, most: float = inf) -> Iterator[Path]:
    """Every `*.ift` that a folder stands for, of the first `most` files."""
    seen = 0
    for here, folders, files in os.walk(folder):
        if (seen := seen + len(files)) > most:
            return
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not _is_environment(here, name))
        yield from (Path(here, name) for name in sorted(files) if name.endswith(".ift") and not name.startswith("."))


def _is_environment(here: str, name: str) -> bool:
    return name in ("node_modules", "__pycache__") or os.path.exists(os.path.join(here, name, "pyvenv.cfg"))


def _refusal(path: Path) -> str | None:
    if not path.exists():
        return "there is no such file"
    if not os.access(path, os.R_OK):
        return "it may not be read"
    return None


def read(path: Path) -> Source | Diagnostic:
    """A file's text, or why there is none; of an overlong one only so much that the parser sees that it is."""
    try:
        data = guarded.read(path, guarded.home(path), SIZE_LIMIT)
    except OSError as error:
        return unreadable_file(path.as_posix(), error.strerror or str(error))
    return decoded(path.as_posix(), data, path)


def decoded(name: str, data: bytes, path: Path | None = None) -> Source | Diagnostic:
    """What was read under a name as a text, or why it is none."""
    try:
        return Source.from_file_text(
            name, data.decode("utf-8", "replace" if len(data) > SIZE_LIMIT else "strict"), path
        )
    except UnicodeDecodeError as error:
        return not_utf8(name, data, error.start)


def as_stored(text: str, like: Source) -> str:
    """Text with `\\n` ends as `like` is stored: its line ends, its byte-order mark."""
    return ("\ufeff" if like.byte_order_mark else "") + text.replace("\n", like.newline)


def rewrite(path: Path, text: str) -> None:
    """Put a whole new text into an existing file, all or nothing; links and permissions stay."""
    target = path.resolve()
    mode = target.stat().st_mode
    write(target, text)
    target.chmod(mode)


def write(path: Path, text: str) -> None:
    """Write a file, all or nothing, its folders too. `Stop` with exit code 2 where the system refuses."""
    from runtime.base.files import write_atomic

    try:
        write_atomic(path, text)
    except Stop as stop:
        raise Stop(*stop.diagnostics, exit_code=2) from stop
