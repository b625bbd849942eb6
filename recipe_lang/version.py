"""Which `ift` this is; its language has the same version."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed


def version() -> str | None:
    """None for a source tree that was never installed."""
    try:
        return installed("ift-recipes")
    except PackageNotFoundError:
        return None
