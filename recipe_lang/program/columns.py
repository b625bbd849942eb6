"""Column types: what a dataset's column holds, as the compiler checks it and the engine converts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Text:
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Int:
    """A whole number, between `low` and `high` (both included) where declared."""

    low: int | None = None
    high: int | None = None
    kind: Literal["int"] = "int"


@dataclass(frozen=True, slots=True)
class Float:
    kind: Literal["float"] = "float"


@dataclass(frozen=True, slots=True)
class Bool:
    kind: Literal["bool"] = "bool"


@dataclass(frozen=True, slots=True)
class LabelType:
    """One of a closed set of texts; integers in the data are positions in `names`."""

    names: tuple[str, ...]
    kind: Literal["label"] = "label"


@dataclass(frozen=True, slots=True)
class ListType:
    item: ColumnType
    kind: Literal["list"] = "list"


@dataclass(frozen=True, slots=True)
class Record:
    fields: dict[str, ColumnType]
    kind: Literal["record"] = "record"


@dataclass(frozen=True, slots=True)
class Map:
    value: ColumnType
    kind: Literal["map"] = "map"


@dataclass(frozen=True, slots=True)
class Messages:
    """A conversation; rows hold it normalised to `{"role", "content"}` turns (ShareGPT's are converted)."""

    format: Literal["chatml", "sharegpt"] = "chatml"
    kind: Literal["messages"] = "messages"


@dataclass(frozen=True, slots=True)
class Optional:
    """A value that may be absent (None in Jinja); templates must guard it."""

    item: ColumnType
    kind: Literal["optional"] = "optional"


ColumnType = Text | Int | Float | Bool | LabelType | ListType | Record | Map | Messages | Optional
