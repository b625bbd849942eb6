"""Small data put through the whole of preparation, or refused by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.diagnostics.model import Stop
from runtime.data import prepare
from tests.data import programs
from tests.data.programs import Folder

ROWS = [{"q": f"How many are {n} and {n + 1}?", "a": f"They are {2 * n + 1}.\nSure."} for n in range(40)]


def codes(error: pytest.ExceptionInfo[Stop]) -> list[str]:
    return [diagnostic.code for diagnostic in error.value.diagnostics]


def prepared(root: Path, folders: dict[str, Folder], **fields):
    return prepare(programs.program(**fields), root, folders)


def refused(root: Path, folders: dict[str, Folder], **fields) -> list[str]:
    with pytest.raises(Stop) as error:
        prepared(root, folders, **fields)
    return codes(error)


def one_split(**fields):
    return {"datasets": {"data": programs.dataset(programs.files("data.jsonl"))}, **fields}
