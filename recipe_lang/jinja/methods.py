"""Methods of texts and lists, and the functions that templates may call."""

from __future__ import annotations

from collections.abc import Sequence

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


def bounded_range(*bounds: int) -> list[int]:
    numbers = range(*bounds)
    if len(numbers) > RANGE:
        raise Refused(f"`range` gives at most {RANGE:,} numbers")
    return list(numbers)


def zipped(*values: Sequence) -> list[tuple]:
    return list(zip(*(list_of(each, "zip") for each in values), strict=False))
