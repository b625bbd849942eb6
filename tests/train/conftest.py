"""A store of its own for every test, and quiet libraries."""

from __future__ import annotations

import pytest

from runtime.base.quiet import quiet_libraries

quiet_libraries()


@pytest.fixture(autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IFT_CACHE", str(tmp_path_factory.mktemp("store")))


@pytest.fixture(params=["rows cut at examples", "whole rows"])
def attention(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Micro-batches as processors take them, and as accelerators do."""
    if request.param == "whole rows":
        monkeypatch.setattr("runtime.train.setup.is_usual", lambda base: False)
    return request.param
