"""The files that a program names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from recipe_lang.program.values import FilePath


def paths(value: Any) -> Iterator[str]:
    """Every value in blocks that is a `File`, patterns included; relative ones start from the recipe's folder."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            inner = getattr(value, name)
            yield from _texts(inner) if _names_a_file([field.annotation, *field.metadata]) else paths(inner)
    elif isinstance(value, (Mapping, Sequence)) and not isinstance(value, str):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from paths(inner)


def _names_a_file(annotations: Sequence[Any]) -> bool:
    return any(isinstance(each, FilePath) or _names_a_file(get_args(each)) for each in annotations)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Sequence):
        yield from value
