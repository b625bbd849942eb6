"""Column types: what a dataset's column holds, as the compiler checks it and the engine converts it; and the calls by
which a dataset declares them.
"""

# ruff: noqa: RUF012 (pydantic copies defaults)

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from recipe_lang.program.block import Call
from recipe_lang.program.values import Distinct, NotEmpty, OwnForm, Range, Role


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
    item: "ColumnType"
    kind: Literal["list"] = "list"


@dataclass(frozen=True, slots=True)
class Record:
    fields: "dict[str, ColumnType]"
    kind: Literal["record"] = "record"


@dataclass(frozen=True, slots=True)
class Map:
    value: "ColumnType"
    kind: Literal["map"] = "map"


@dataclass(frozen=True, slots=True)
class Messages:
    """A conversation; rows hold it as turns of one form, see `runtime/data/rows/turn.py`."""

    format: Literal["chatml", "sharegpt"] = "chatml"
    role: str | None = None
    """The key of the role; None for the format's own. So `content`."""
    content: str | None = None
    drop: tuple[str, ...] = ()
    """Roles whose turns are left out."""
    kind: Literal["messages"] = "messages"


@dataclass(frozen=True, slots=True)
class Optional:
    """A value that may be absent (None in Jinja); templates must guard it."""

    item: "ColumnType"
    kind: Literal["optional"] = "optional"


ColumnType = Text | Int | Float | Bool | LabelType | ListType | Record | Map | Messages | Optional


def fits(have: ColumnType, wanted: ColumnType) -> bool:
    """Whether every value of one type is a value of another.

    >>> fits(LabelType(("yes", "no")), Optional(Text())), fits(Optional(Text()), Text()), fits(Int(1, 5), Int(1, 3))
    (True, False, False)
    """
    match have, wanted:
        case Optional(item=inner), Optional(item=item):
            return fits(inner, item)
        case _, Optional(item=item):
            return fits(have, item)
        case LabelType(), Text():
            return True
        case Int(), Float():
            return True
        case Int(low=low, high=high), Int(low=least, high=most):
            above = least is None or (low is not None and low >= least)
            return above and (most is None or (high is not None and high <= most))
        case ListType(item=inner), ListType(item=item):
            return fits(inner, item)
        case Map(value=inner), Map(value=value):
            return fits(inner, value)
        case Record(fields=fields), Record(fields=needed):
            return all(name in fields and fits(fields[name], type_) for name, type_ in needed.items())
        case Messages(), Messages():
            return True
    return have == wanted


# --- how a dataset declares them ---------------------------------------------------------------------------------

Nested = Annotated["ColumnCall", OwnForm("nested column")]


class Declaration(Call):
    """How a dataset declares a column."""

    from_: str | None = Field(None, alias="from")
    """The column's name in the data, where it is another one."""

    @property
    def type(self) -> ColumnType:
        raise NotImplementedError


class TextColumn(Declaration):
    """Text; dates, leading zeros and "NA" stay what they are."""

    kind: Literal["text"] = "text"

    @property
    def type(self) -> ColumnType:
        return Text()


class IntColumn(Declaration):
    """A whole number, within a range where one is given."""

    kind: Literal["int"] = "int"
    positional = ("range",)

    range: Range | None = None
    """Least and greatest value, both included."""

    @property
    def type(self) -> ColumnType:
        return Int(*(self.range or (None, None)))


class FloatColumn(Declaration):
    """A number."""

    kind: Literal["float"] = "float"

    @property
    def type(self) -> ColumnType:
        return Float()


class BoolColumn(Declaration):
    """True or false."""

    kind: Literal["bool"] = "bool"

    @property
    def type(self) -> ColumnType:
        return Bool()


class LabelColumn(Declaration):
    """One of a closed set of texts. Whole numbers in the data are positions in the set."""

    kind: Literal["label"] = "label"
    rest = "names"

    names: Annotated[list[str], Distinct(), Field(min_length=1)]
    """The labels, in order."""

    @property
    def type(self) -> ColumnType:
        return LabelType(tuple(self.names))


class ListColumn(Declaration):
    """A list of values of one type."""

    kind: Literal["list"] = "list"
    positional = ("item",)

    item: Nested
    """The type of each value."""

    @property
    def type(self) -> ColumnType:
        return ListType(self.item.type)


class RecordColumn(Declaration):
    """Named fields."""

    kind: Literal["record"] = "record"
    rest = "fields"

    from_: Annotated[str | None, OwnForm("origin of a record")] = Field(None, alias="from")
    """The column's name in the data, where it is another one; with a type: a field of this name."""
    fields: Annotated[dict[str, Nested], Field(min_length=1)]
    """The fields and their types."""

    @property
    def type(self) -> ColumnType:
        return Record({name: field.type for name, field in self.fields.items()})


class MapColumn(Declaration):
    """Free keys with values of one type."""

    kind: Literal["map"] = "map"
    positional = ("value",)

    value: Nested
    """The type of each value."""

    @property
    def type(self) -> ColumnType:
        return Map(self.value.type)


class MessagesColumn(Declaration):
    """A conversation: turns with a role and a content, tool calls and reasoning where there are any. An assistant's
    turn with `weight` 0, or with `train`, `training` or `loss` false, is only read. Other keys are named."""

    kind: Literal["messages"] = "messages"

    format: Literal["chatml", "sharegpt"] = "chatml"
    """How turns are written: `chatml` as `role` and `content`, `sharegpt` as `from` (`human`, `gpt`) and `value`."""
    role: NotEmpty | None = None
    """The key under which a turn has its role. Without it: the format's own."""
    content: NotEmpty | None = None
    """The key under which a turn has its text. Without it: the format's own."""
    drop: Annotated[list[Role], Distinct()] = []
    """Roles whose turns are left out, as the data writes them: `[system]`."""

    @property
    def type(self) -> ColumnType:
        return Messages(self.format, self.role, self.content, tuple(self.drop))


class OptionalColumn(Declaration):
    """A value that may be absent; templates must guard it."""

    kind: Literal["optional"] = "optional"
    positional = ("item",)

    item: Nested
    """The type where there is a value."""

    @property
    def type(self) -> ColumnType:
        return Optional(self.item.type)


DECLARATIONS = (
    TextColumn,
    IntColumn,
    FloatColumn,
    BoolColumn,
    LabelColumn,
    ListColumn,
    RecordColumn,
    MapColumn,
    MessagesColumn,
    OptionalColumn,
)
ColumnCall = Annotated[
    TextColumn
    | IntColumn
    | FloatColumn
    | BoolColumn
    | LabelColumn
    | ListColumn
    | RecordColumn
    | MapColumn
    | MessagesColumn
    | OptionalColumn,
    Field(discriminator="kind"),
]
