"""What every test gets: the repository, and no way to a hub."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Before any test imports a library that reads them.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
if "PYTEST_XDIST_WORKER" in os.environ:
    # Processes beside each other have a core each; threads that wait for one another on it would take all of its time.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


# No test measures time: what runs beside it may take all of it. New examples are looked for at home: on a machine that
# judges a change, the same ones are tried each time.
settings.register_profile("any_machine", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("any_machine")


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).parent.parent
