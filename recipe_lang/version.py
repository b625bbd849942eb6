"""Which `ift` this is; its language has the same version."""

from __future__ import annotations


def version() -> str | None:
    """None for a source tree that was never installed."""
    # Most commands ask nobody, and the module takes longer to import than a small recipe to check.
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("ift-recipes")
    except PackageNotFoundError:
        return None
