"""Columns to check templates against, and what a check finds, by code and by the words that it points at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.jinja.types import Type
from recipe_lang.jinja.typing import TemplateInfo, check_template
from recipe_lang.program.columns import (
    Bool,
    Float,
    Int,
    LabelType,
    ListType,
    Map,
    Messages,
    Optional,
    Record,
    Text,
)
from recipe_lang.source import Source, Span

COLUMNS: dict[str, Type] = {
    "dialogue": Text(),
    "note": Text(),
    "hint": Optional(Text()),
    "age": Optional(Int()),
    "stars": Int(1, 5),
    "count": Int(),
    "score": Float(),
    "flag": Bool(),
    "mood": LabelType(("good", "bad", "mixed")),
    "tags": ListType(Text()),
    "numbers": ListType(Int()),
    "answers": Record({"text": ListType(Text()), "start": ListType(Int())}),
    "author": Record({"name": Text(), "country": Optional(Text())}),
    "scores": Map(Float()),
    "turns": Messages(),
}


def checked(
    text: str, columns: Mapping[str, Type] | None = COLUMNS, **options: Any
) -> tuple[TemplateInfo, list[Diagnostic]]:
    source = Source("recipe.ift", text)
    options.setdefault("template", "brief")
    return check_template(
        text, columns, place_of=lambda start, end: Place(source, Span(start, end)), dataset="visits", **options
    )


def found(text: str, columns: Mapping[str, Type] | None = COLUMNS, **options: Any) -> list[tuple[str, str]]:
    """Code and marked words of every diagnostic, in the order of the text."""
    _, diagnostics = checked(text, columns, **options)
    return [(each.code, each.place.source.slice(each.place.span)) for each in diagnostics if each.place is not None]
