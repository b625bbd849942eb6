from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-spec", action="store_true", help="write the outputs in tests/spec/*.md anew")
