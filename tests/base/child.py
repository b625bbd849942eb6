"""Runs Python in processes of its own, for what only shows there: limits, locks, terminals."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def start(code: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(code: str, **environment: str) -> str:
    """Standard output of a process that must succeed."""
    process = start(code, **environment)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out
