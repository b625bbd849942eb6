"""What went wrong, said in words: what a user can mend as a diagnostic, our own mistakes in one line."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback

from recipe_lang.cli.terminal import print_problems
from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.commands import memory_did_not_last, missing_extra, system_refused
from recipe_lang.exhausted import is_out_of_memory
from recipe_lang.version import version


def answer(error: BaseException, refused: int, internal: int) -> int:
    """Prints what an exception means and returns the exit code: that of a `Stop`; `refused` where the system or an
    absent package stands in the way; `internal` where this package is at fault."""
    if isinstance(error, Stop):
        print_problems(error.diagnostics)
        return error.exit_code
    if is_out_of_memory(error):
        print_problems([memory_did_not_last()])
        return refused
    if isinstance(error, OSError):
        print_problems([system_refused(error)])
        return refused
    if is_missing_package(error):
        print_problems([missing_extra(str(error.name))])
        return refused
    _report_bug(error)
    return internal


def is_missing_package(error: BaseException) -> bool:
    """Whether a package that is not ours could not be imported."""
    return isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] not in (
        "",
        "recipe_lang",
        "runtime",
    )


def _report_bug(error: BaseException) -> None:
    """One line on stderr; the traceback goes to a file, or to stderr too with `IFT_TRACEBACK=1`."""
    where, summary, facts = described(error)
    print(f"ift: internal error, our bug and not your recipe's ({summary}; {facts}); {where}", file=sys.stderr)


def described(error: BaseException) -> tuple[str, str, str]:
    """Where the traceback of an exception is, the exception on one line, and the versions it happened with."""
    machine = f"{platform.system()} {platform.machine()}"
    facts = f"ift {version() or '(not installed)'}, Python {platform.python_version()}, {machine}"
    details = "".join(traceback.format_exception(error))
    if os.environ.get("IFT_TRACEBACK"):
        where = "the traceback stands above"
        sys.stderr.write(details)
    else:
        where = _written(f"{facts}\n{' '.join(sys.argv)}\n\n{details}")
    summary = f"{type(error).__name__}: {error}".splitlines()[0]
    return where, summary, facts


def _written(text: str) -> str:
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", errors="replace", prefix="ift-traceback-", suffix=".txt", delete=False
        ) as file:
            file.write(text)
    except OSError:
        return "IFT_TRACEBACK=1 shows the traceback"
    return f"the traceback is in {file.name}"
