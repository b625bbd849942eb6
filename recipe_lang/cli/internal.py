"""What is said when this package itself is at fault: one line, and where the rest was written."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback


def report_internal_error(error: Exception, version: str) -> None:
    """One line on stderr; the traceback goes to a file, or to stderr too with `IFT_TRACEBACK=1`."""
    facts = f"ift {version}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    details = "".join(traceback.format_exception(error))
    if os.environ.get("IFT_TRACEBACK"):
        where = "the traceback stands above"
        sys.stderr.write(details)
    else:
        where = _written(f"{facts}\n{' '.join(sys.argv)}\n\n{details}")
    summary = f"{type(error).__name__}: {error}".splitlines()[0]
    print(f"ift: internal error, our bug and not your recipe's ({summary}; {facts}); {where}", file=sys.stderr)


def _written(text: str) -> str:
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", errors="replace", prefix="ift-traceback-", suffix=".txt", delete=False
        ) as file:
            file.write(text)
    except OSError:
        return "IFT_TRACEBACK=1 shows the traceback"
    return f"the traceback is in {file.name}"
