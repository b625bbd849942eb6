"""The one way to read a document that others may have written or broken: JSON, by the form that it must have.

A form is a pydantic model, a dataclass or a typed dictionary. Whoever reads says in its own words what an `Unreadable`
means.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Annotated, BinaryIO, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from recipe_lang.regular import regular

Form = TypeVar("Form")

LIMIT = 1 << 28
"""Bytes. The largest tokenizers have a tenth of it."""
Name = Annotated[str, Field(pattern=r"^[^/\\\x00]*[^./\\\x00][^/\\\x00]*$")]
"""Of a file beside the document: never a path, which could lead elsewhere."""


class Unreadable(Exception):
    """Why a file is not the document that it should be, in words that follow "it": "is not JSON: …"."""


def document(path: Path, form: type[Form], *, strict: bool = False) -> Form:
    """`strict`: a number in quotes is none. Raises Unreadable."""
    return parsed(content(path), form, strict=strict)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A regular file, open for reading. Raises Unreadable."""
    try:
        with regular(path) as file:
            yield file
    except OSError as error:
        raise Unreadable(f"cannot be opened: {(error.strerror or str(error)).lower()}") from error


def content(path: Path, limit: int | None = LIMIT) -> bytes:
    """The bytes of a regular file. Raises Unreadable."""
    with opened(path) as file:
        found = file.read(-1 if limit is None else limit + 1)
    if limit is not None and len(found) > limit:
        raise Unreadable(f"has more than {limit >> 20} MiB")
    return found


def text(path: Path) -> str:
    """With the line ends of Unix. Raises Unreadable."""
    try:
        return content(path).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise Unreadable("is not UTF-8 text") from error


def parsed(data: bytes | str, form: type[Form], *, strict: bool = False) -> Form:
    """Raises Unreadable."""
    try:
        return adapter(form).validate_json(data, strict=strict)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise Unreadable(f"is not JSON: {first['ctx']['error']}") from error
        place = f"`{'.'.join(map(str, first['loc']))}`: " if first["loc"] else ""
        raise Unreadable(f"has another form: {place}{first['msg'][:1].lower()}{first['msg'][1:]}") from error


@cache
def adapter(form: type[Form]) -> TypeAdapter[Form]:
    return TypeAdapter(form)
