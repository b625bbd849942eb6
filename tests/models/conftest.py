"""A store of its own for every test, and quiet libraries."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.base.quiet import quiet_libraries

quiet_libraries()


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "store"
    monkeypatch.setenv("IFT_CACHE", str(root))
    return root
