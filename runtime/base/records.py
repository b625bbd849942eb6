"""What runs leave in their folders, read back as what was written: documents of one object, and lines of one each.

A form is a pydantic model or a dataclass. What has its default is left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import not_a_run
from runtime.base.documents import Form, Unreadable, adapter, content, parsed
from runtime.base.files import write_atomic


def read_document(folder: Path, name: str, form: type[Form]) -> Form:
    """Raises `Stop` (IFT870) where the file is missing, or not what a run writes."""
    return _validated(folder, name, _bytes(folder, name), form)


def read_lines(folder: Path, name: str, form: type[Form]) -> list[Form]:
    """As `read_document`, of each line. Only line feeds end lines: texts may hold what Python's `splitlines` takes for
    an end too."""
    return [_validated(folder, name, line, form) for line in _bytes(folder, name).split(b"\n") if line]


def read_record(folder: Path, name: str, form: type[Form]) -> list[Form]:
    """The lines of a file that was written line by line, none where there is no file; one that a kill has cut off in
    the middle is left out."""
    if not (folder / name).exists():
        return []
    *whole, _ = _bytes(folder, name).split(b"\n")
    return [_validated(folder, name, line, form) for line in whole]


def write_lines(path: Path, values: Iterable[Any]) -> None:
    """Atomically; one line a value, in the order given."""
    write_atomic(path, b"".join(map(as_line, values)))


def as_line(value: Any) -> bytes:
    return adapter(type(value)).dump_json(value, by_alias=True, exclude_defaults=True) + b"\n"


def _bytes(folder: Path, name: str) -> bytes:
    if not os.path.lexists(folder / name):
        raise Stop(not_a_run(str(folder), f"there is no `{name}` in it"))
    try:
        return content(folder / name, limit=None)
    except Unreadable as error:
        raise Stop(not_a_run(str(folder), f"its `{name}` {error}")) from error


def _validated(folder: Path, name: str, data: bytes, form: type[Form]) -> Form:
    try:
        return parsed(data, form, strict=True)
    except Unreadable as error:
        raise Stop(not_a_run(str(folder), f"its `{name}` is damaged, or another version's")) from error
