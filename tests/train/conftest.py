"""A store of its own for every test, and quiet libraries."""

from __future__ import annotations

import pytest

from runtime.base.quiet import quiet_libraries

quiet_libraries()


@pytest.fixture(autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IFT_CACHE", str(tmp_path_factory.mktemp("store")))
