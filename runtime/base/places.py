"""Where the user's cache is."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_root() -> Path:
    """`IFT_CACHE`, else `ift` in the user's cache folder (XDG, macOS and Windows conventions)."""
    if chosen := os.environ.get("IFT_CACHE"):
        return Path(chosen).expanduser().absolute()
    if chosen := os.environ.get("XDG_CACHE_HOME"):
        return Path(chosen) / "ift"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ift"
    if sys.platform == "win32" and (chosen := os.environ.get("LOCALAPPDATA")):
        return Path(chosen) / "ift" / "Cache"
    return Path.home() / ".cache" / "ift"
