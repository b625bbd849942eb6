"""What every test gets: the repository, and no way to a hub."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Before any test imports a library that reads them.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).parent.parent
