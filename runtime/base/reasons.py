"""Why something failed, in the words of the exception that says so."""

from __future__ import annotations


def first_line(error: BaseException) -> str:
    """Of an exception's text; its kind where it has none."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
