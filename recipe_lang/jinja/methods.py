"""Methods of texts and lists, and the functions that templates may call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from recipe_lang.jinja import filters
from recipe_lang.jinja.filters import list_of, text_of
from recipe_lang.jinja.limits import RANGE, Refused, at_most_characters, at_most_elements
from recipe_lang.jinja.values import as_text


def strip(value: str, characters: str | None = None) -> str:
    return value.strip(characters)


def lstrip(value: str, characters: str | None = None) -> str:
    return value.lstrip(characters)


def rstrip(value: str, characters: str | None = None) -> str:
    return value.rstrip(characters)


def split(value: str, separator: str | None = None, maxsplit: int = -1) -> list[str]:
    if separator == "":
        raise Refused("`split` needs a separator that is not empty")
    at_most_elements(len(value) // 2 if separator is None else value.count(separator))
    return value.split(separator, maxsplit)


def join(value: str, values: Sequence) -> str:
    texts = [as_text(each) for each in list_of(values, "join")]
    at_most_characters(sum(map(len, texts)) + len(value) * len(texts))
    return value.join(texts)


def startswith(value: str, prefix: str) -> bool:
    return value.startswith(text_of(prefix, "startswith"))


def endswith(value: str, suffix: str) -> bool:
    return value.endswith(text_of(suffix, "endswith"))


def index(value: Sequence, wanted: object) -> int:
    try:
        return value.index(wanted)
    except (ValueError, TypeError):
        raise Refused("`index` does not find what it looks for") from None


TEXT_METHODS: dict[str, Callable[..., Any]] = {
    "lower": filters.lower,
    "upper": filters.upper,
    "title": filters.title,
    "strip": strip,
    "lstrip": lstrip,
    "rstrip": rstrip,
    "split": split,
    "join": join,
    "replace": filters.replace,
    "startswith": startswith,
    "endswith": endswith,
    "index": index,
}
LIST_METHODS: dict[str, Callable[..., Any]] = {"index": index}
LOOP = ("index", "index0", "first", "last", "length", "revindex", "revindex0", "previtem", "nextitem")


def method(value: object, name: str) -> Callable[..., Any] | None:
    """The method bound to its value, or None where values of that kind have no such method."""
    table = TEXT_METHODS if isinstance(value, str) else LIST_METHODS if isinstance(value, (list, tuple, range)) else {}
    function = table.get(name)
    return None if function is None else partial(function, value)


def bounded_range(*bounds: int) -> list[int]:
    numbers = range(*bounds)
    if len(numbers) > RANGE:
        raise Refused(f"`range` gives at most {RANGE:,} numbers")
    return list(numbers)


def zipped(*values: Sequence) -> list[tuple]:
    return list(zip(*(list_of(each, "zip") for each in values), strict=False))
