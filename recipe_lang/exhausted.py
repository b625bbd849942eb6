"""Memory that did not last, told by what Python and the libraries below it raise then."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator

from recipe_lang.diagnostics.model import Stop

PANIC = "PanicException"
"""What a library in Rust raises where its code gives up; no `Exception`, so that nobody takes it for one by chance."""

_WORDS = re.compile(
    r"you tried to allocate|cannot allocate memory|can't allocate memory|bad_alloc|out of memory|not enough memory"
    r"|memory allocation|can't start new thread|failed to map segment|os error 12|code: 1[12]\b",
    re.IGNORECASE,
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory did not last, at the error or at one that it came of."""
    return any(_says_so(each) for each in _chain(error))


def _says_so(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    told = isinstance(error, (RuntimeError, ImportError, OSError)) or type(error).__module__ != "builtins"
    return told and not isinstance(error, Stop) and _WORDS.search(str(error)) is not None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
