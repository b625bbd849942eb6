"""Runs the commands as a user does: in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent
PROGRAM = [sys.executable, "-P", "-c", "import sys, recipe_lang.cli as c; sys.exit(c.main())"]


def environment(**changes: str) -> dict[str, str]:
    plain = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "IFT_TRACEBACK")}
    return plain | {"PYTHONPATH": str(REPOSITORY)} | changes


def ift(*args: str, cwd: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """`ift` with arguments in a folder; `changes` are environment variables. Never a traceback."""
    command = [*PROGRAM, *args]
    done = subprocess.run(command, cwd=cwd, env=environment(**changes), capture_output=True, text=True, timeout=300)
    assert "Traceback" not in done.stdout + done.stderr
    return done
